"""The `status` document as text that a person reads at a glance. Pure; units, resolutions and titles come from `describe`.

On a terminal of 80 columns or more nothing is wider than it; elsewhere nothing is cut or broken.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pilotage.documents import ChildStatus, Description, InterlockStatus, LeaseStatus, OutputStatus, Status
from pilotage.documents.settling import HOLDING
from pilotage.words import level, number, scale
from supervisor.cli.outcome import loop_notes, under_way
from supervisor.cli.words import duration, local_time, quantity, shortened

WIDTH: Final = 80
_NAME: Final = 18
_VALUES: Final = 35
_PLACE: Final = 6
_SERVES: Final = frozenset({"running", "degraded"})
_GAP: Final = 2
"""Columns between a row and what stands behind it."""

BROKEN: Final = {"over_range": "is above all it can tell", "under_range": "is below all it can tell"}
"""Code of a channel without a value -> what it is; any other is broken."""

Scales = dict[tuple[str, str | None], tuple[str, float | None]]
"""Units and resolution of every (child, channel), of every (output, None)."""


def report(status: Status, description: Description, width: int | None = WIDTH) -> str:
    """Return the whole table; `width` is that of a terminal, None for a pipe or a file."""
    page = _Page(status, description, width)
    lines = [*page.head(), *page.sensors(), *page.outputs(), *page.loops(), *page.interlocks()]
    return "\n".join(line.rstrip() for line in lines)


def scales_of(description: Description) -> Scales:
    """Return the units and the resolution of everything that has a value; for an output, what a person is to read behind it."""
    scales: Scales = {}
    for output in description["outputs"]:
        units = scale(output["units"], output["driver"], output["min"], output["max"])
        scales[output["child"], None] = (units, output["resolution"])
    for sensor in description["sensors"]:
        scales |= {(sensor["child"], channel["name"]): (channel["units"], channel["resolution"]) for channel in sensor["channels"]}
    return scales


def titles_of(description: Description) -> dict[str, str]:
    """Return what `config.py` calls each child in full, where that says more than its name."""
    things = (*description["outputs"], *description["sensors"])
    return {thing["child"]: thing["title"] for thing in things if thing["title"].casefold() != thing["name"].casefold()}


def values_of(name: str, child: ChildStatus, scales: Scales) -> list[str]:
    """Return the last values of a sensor with their units; the channel's name where there are several."""
    last = child.get("last")
    values = last["values"] if last else {}
    return [
        (f"{channel} " if len(values) > 1 else "") + quantity(value, *scales.get((name, channel), ("", None)))
        for channel, value in values.items()
    ]


def troubles(status: Status) -> list[str]:
    """Return what is not well, in a few words each, the gravest first: interlocks, leases, the bus, lost children, broken channels."""
    found = [f"{name} may still be on, though config.py no longer has it" for name in status.get("left_on", ())]
    found += [f"{name} has tripped" for name, entry in status["interlocks"].items() if entry["tripped"]]
    found += [f"the lease of {name} is {lease['state']}" for name, lease in leases(status) if lease["state"] != "held"]
    found += [f"{name} is {bus['state']}" for name, bus in status["buses"].items() if bus["state"] != "up"]
    found += [f"{name} is not looked at" for name, entry in status["interlocks"].items() if entry["state"] == "not looked at"]
    found += [f"{name} is {child['state']}" for name, child in status["children"].items() if child["state"] != "running"]
    found += [f"{name} is lost: {loop['why']}" for name, loop in status.get("loops", {}).items() if loop["state"] == "lost"]
    return found + [f"{name}.{channel} {BROKEN.get(code, 'is broken')}" for name, channel, code in broken_channels(status)]


def broken_channels(status: Status) -> list[tuple[str, str, str]]:
    """Return every channel of a sensor that runs which ought to give a value and does not: sensor, channel, code."""
    last = {name: child.get("last") for name, child in status["children"].items() if child["state"] in {"running", "degraded"}}
    return [(name, channel, code) for name, reading in last.items() if reading for channel, code in reading.get("broken", {}).items()]


def leases(status: Status) -> list[tuple[str, LeaseStatus]]:
    """Return the outputs that have a lease, with it."""
    return [(name, output["lease"]) for name, output in status["outputs"].items() if output["lease"] is not None]


def taken_for(output: OutputStatus) -> str:
    """Return what an output is taken for, and why; empty where an older daemon does not tell."""
    if "kind" not in output:
        return ""
    goes_on = "; goes on when the daemon dies" if output.get("goes_on") else ""
    return f"{output['kind']}: {output.get('kind_reason', '')}{goes_on}"


def interlock_reason(entry: InterlockStatus) -> str:
    """Return why an interlock holds its outputs, and since when; empty if it does not."""
    since = entry["since_s"]
    return (entry["why"] or "") + ("" if since is None else f" ({duration(since)} ago)")


class _Page:
    """One report: the document, and how much room there is for it."""

    def __init__(self, status: Status, description: Description, width: int | None) -> None:
        self._status = status
        self._scales = scales_of(description)
        self._titles = titles_of(description)
        self._width = width

    def head(self) -> Iterator[str]:
        """Yield what is said of the whole."""
        status = self._status
        mode = "SIMULATED" if status["simulated"] else "hardware"
        clients = len(status["clients"])
        yield f"pilotage {status['version']}, {mode}, up {duration(status['uptime_s'])}, {clients} client{'s' * (clients != 1)}"
        yield from self._wrapped(f"config {status['config']}", "", "  ")
        found = troubles(status)
        yield from self._wrapped(f"NOT WELL: {', '.join(found)}" if found else "all is well", "", "  ")
        for name, bus in status["buses"].items():
            yield f"{name}: {bus['state']} for {duration(bus['since_s'])}"
            yield from self._below(bus["error"]["message"] if bus["error"] else "")
        if (network := self._status.get("leco")) is not None:
            joined = f"joined as {network['namespace']}.{network['name']}" if network["joined"] else "not joined"
            yield f"LECO network of {network['coordinator']}: {joined}" + (", may be driven from there" if network["drive"] else "")
            yield from self._below(network["error"]["message"] if network["error"] else "")
        if status["clock_synchronised"] is False:
            yield "the clock was never set since the start: times of day are wrong, ages are right"
        access = status.get("access")
        if access is not None and access["refused"]["last"]:
            refused = access["refused"]
            last = refused["last"][0]
            times = "once" if refused["total"] == 1 else f"{refused['total']} times"
            yield from self._wrapped(f"refused {times}; {duration(last['ago_s'])} ago {last['client']}: {last['reason']}", "", "  ")
        for shared in access.get("shared_identities", []) if access is not None else []:
            both = " and ".join(shared["addresses"])
            text = f"{both} have one ZeroMQ identity, {duration(shared['last_s'])} ago: is a settings file copied?"
            yield from self._wrapped(text, "", "  ")
        if status["abandoned_threads"]:
            lost = status["abandoned_threads"]
            yield f"{lost} thread{'s are' if lost != 1 else ' is'} stuck in the hardware"

    def sensors(self) -> Iterator[str]:
        """Yield the table of the sensors."""
        rows = {name: child for name, child in self._status["children"].items() if child["kind"] == "sensor"}
        if not rows:
            return
        values = {name: self._values(name, child) for name, child in rows.items()}
        wide = max(map(len, (value for lines in values.values() for value in lines)))
        layout = f"{{:<{self._name_width(rows)}}} {{:<{self._place_width(rows)}}} {{:<8}} {{:<{max(_VALUES, wide)}}} {{:>8}}"
        yield from ("", layout.format("sensor", "at", "state", "value", "age"))
        for name, child in rows.items():
            running, last = child["state"] in _SERVES, child.get("last")
            age = duration(last["age_s"]) if running and last else "-"
            first, *more = values[name]
            row = layout.format(self._name(name), self._place(child["where"]), child["state"], first, age)
            yield self._titled(row, name)
            yield from self._far(child["where"])
            yield from (layout.format("", "", "", line, "") for line in more)
            yield from self._faults(child)
            yield from self._trouble(child)

    def outputs(self) -> Iterator[str]:
        """Yield the table of the outputs."""
        rows = self._status["outputs"]
        if not rows:
            return
        shown = {name: level(output["read_back"], self._units(name)) for name, output in rows.items()}
        wide = max(10, *map(len, shown.values()))
        layout = f"{{:<{self._name_width(rows)}}} {{:<{self._place_width(rows)}}} {{:<8}} {{:>9}} {{:>{wide}}}"
        yield from ("", layout.format("output", "at", "state", "asked", "reads back"))
        for name, output in rows.items():
            child = self._status["children"][name]
            asked = level(output["asked"], self._units(name)).partition(" of ")[0]
            row = layout.format(self._name(name), self._place(child["where"]), child["state"], asked, shown[name])
            notes = ", ".join(output_notes(output, self._units(name)))
            fits = self._width is None or len(row) + _GAP + len(notes) <= self._width
            yield self._titled(f"{row}{' ' * _GAP}{notes}".rstrip() if fits else row, name)
            yield from self._far(child["where"])
            yield from () if fits else self._below(notes)
            yield from self._trouble(child)
            yield from self._below(taken_for(output))

    def loops(self) -> Iterator[str]:
        """Yield the table of the loops."""
        rows = self._status.get("loops", {})
        if not rows:
            return
        layout = f"{{:<{self._name_width(rows)}}} {{:<9}} {{:>12}} {{:>12}}  {{}}"
        yield from ("", layout.format("loop", "state", "holds", "value", ""))
        for name, loop in rows.items():
            holds = quantity(loop["set_point"], loop["units"], 0.01) if loop["state"] in HOLDING else "-"
            yield layout.format(self._name(name), loop["state"], holds, quantity(loop["value"], loop["units"], 0.01), loop_notes(loop))
            yield from self._below("" if loop["state"] in HOLDING or loop["model"] is None else loop["why"])
            yield from self._below("not tuned" if loop["model"] is None and loop["state"] == "off" else "")

    def interlocks(self) -> Iterator[str]:
        """Yield the table of the interlocks."""
        rows = self._status["interlocks"]
        if not rows:
            return
        layout = f"{{:<{self._name_width(rows, 25)}}} {{}}"
        yield from ("", layout.format("interlock", "state"))
        for name, entry in rows.items():
            yield layout.format(self._name(name, 25), entry["state"])
            yield from self._below(interlock_reason(entry))

    def _values(self, name: str, child: ChildStatus) -> list[str]:
        """Return the last values in as few lines as there is room for, `-` if there are none."""
        values = values_of(name, child, self._scales) if child["state"] in _SERVES else []
        if self._width is None:
            return [", ".join(values) or "-"]
        return _packed(values, _VALUES) or ["-"]

    def _units(self, name: str) -> str:
        return self._scales.get((name, None), ("", None))[0]

    def _faults(self, child: ChildStatus) -> Iterator[str]:
        last = child.get("last")
        if child["state"] not in _SERVES or not last:
            return
        said = child["error"]["message"] if child["error"] is not None else None
        for channel, text in last["faults"].items():
            if channel or text != said:
                yield from self._below(f"{channel}: {text}" if channel else text)

    def _trouble(self, child: ChildStatus) -> Iterator[str]:
        error = child["error"]
        if error is not None:
            yield from self._below(error["message"] + _next_attempt(child))
        elif child["last_error"] is not None:
            times = f", {child['restarts']} restart{'s' * (child['restarts'] != 1)}" if child["restarts"] else ""
            yield from self._below(f"well again; last error {local_time(child['last_error_at'])}{times}: {child['last_error']['message']}")

    def _titled(self, row: str, name: str) -> str:
        """Return a row with the title behind it, where there is room."""
        title = self._titles.get(name, "")
        room = title and (self._width is None or len(row) + _GAP + len(title) <= self._width)
        return f"{row}{' ' * _GAP}{title}" if room else row

    def _name_width(self, names: Iterable[str], least: int = _NAME) -> int:
        return max(least, *map(len, names)) if self._width is None else least

    def _name(self, name: str, width: int = _NAME) -> str:
        return name if self._width is None else shortened(name, width)

    def _place_width(self, names: Iterable[str]) -> int:
        return max(_PLACE, *(len(self._status["children"][name]["where"]) for name in names)) if self._width is None else _PLACE

    def _place(self, where: str) -> str:
        return where if self._width is None else shortened(where, _PLACE)

    def _far(self, where: str) -> list[str]:
        """Return a line for a place that its column has no room for."""
        return [] if self._width is None or len(where) <= _PLACE else self._below(f"at {where}")

    def _below(self, text: str) -> list[str]:
        return self._wrapped(text, "    ", "    ")

    def _wrapped(self, text: str, first: str, more: str) -> list[str]:
        if self._width is None:
            return [first + text] if text else []
        return textwrap.wrap(text, self._width, initial_indent=first, subsequent_indent=more, break_on_hyphens=False)


def output_notes(output: OutputStatus, units: str) -> list[str]:
    """Return what there is to say of an output beside its values, the gravest first; `units` as in `Scales`."""
    lease, frequency, moves = output["lease"], output["frequency_hz"], under_way(output, units)
    notes = [f"safe: {output['safe']}"] if output["safe"] else []
    notes += [moves] if moves else []
    notes += [f"lease {lease['state']}"] if lease else []
    return notes + ([f"{number(frequency)} Hz"] if frequency else [])


def _packed(parts: Sequence[str], width: int) -> list[str]:
    """Return `parts` in as few lines as they fit into, none of them broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines


def _next_attempt(child: ChildStatus) -> str:
    due = child["next_attempt_s"]
    if due is not None:
        return f"; tried again in {duration(due)}"
    return "; tried again when its thread is back" if child["state"] in {"backoff", "absent", "failed"} else ""
