"""The `status` document as text of 80 columns that a person reads at a glance. Pure; units and resolutions come from `describe`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from supervisor.documents import ChildStatus, Description, InterlockStatus, LeaseStatus, OutputStatus, Status
from supervisor.words import duration, local_time, quantity, set_point, shortened

WIDTH: Final = 80
_NAME: Final = 18
_SENSOR: Final = "{:<18} {:<6} {:<8} {:<35} {:>8}"
_OUTPUT: Final = "{:<18} {:<6} {:<8} {:>9} {:>10}  {:<22}"
_INTERLOCK: Final = "{:<25} {}"

BROKEN: Final = {"over_range": "is above all it can tell", "under_range": "is below all it can tell"}
"""Code of a channel without a value -> what it is; any other is broken."""

Scales = dict[tuple[str, str | None], tuple[str, float | None]]
"""Units and resolution of every (child, channel), of every (output, None)."""


def report(status: Status, description: Description) -> str:
    """Return the whole table."""
    scales = scales_of(description)
    sensors = {name: child for name, child in status["children"].items() if child["kind"] == "sensor"}
    lines = list(_head(status))
    if sensors:
        lines += ["", _SENSOR.format("sensor", "at", "state", "value", "age")]
        for name, child in sensors.items():
            lines += _sensor(name, child, scales)
    if status["outputs"]:
        lines += ["", _OUTPUT.format("output", "at", "state", "asked", "reads back", "").rstrip()]
        for name, output in status["outputs"].items():
            lines += _output(name, status["children"][name], output, scales)
    if status["interlocks"]:
        lines += ["", _INTERLOCK.format("interlock", "state")]
        for name, entry in status["interlocks"].items():
            lines += _interlock(name, entry)
    return "\n".join(line.rstrip() for line in lines)


def scales_of(description: Description) -> Scales:
    """Return the units and the resolution of everything that has a value."""
    scales: Scales = {(output["child"], None): (output["units"], output["resolution"]) for output in description["outputs"]}
    for sensor in description["sensors"]:
        scales |= {(sensor["child"], channel["name"]): (channel["units"], channel["resolution"]) for channel in sensor["channels"]}
    return scales


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
    found = [f"{name} has tripped" for name, entry in status["interlocks"].items() if entry["tripped"]]
    found += [f"the lease of {name} is {lease['state']}" for name, lease in leases(status) if lease["state"] != "held"]
    found += [f"{name} is {bus['state']}" for name, bus in status["buses"].items() if bus["state"] != "up"]
    found += [f"{name} is not looked at" for name, entry in status["interlocks"].items() if entry["state"] == "not looked at"]
    found += [f"{name} is {child['state']}" for name, child in status["children"].items() if child["state"] != "running"]
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
    return f"{output['kind']}: {output.get('kind_reason', '')}" if "kind" in output else ""


def interlock_reason(entry: InterlockStatus) -> str:
    """Return why an interlock holds its outputs, and since when; empty if it does not."""
    since = entry["since_s"]
    return (entry["why"] or "") + ("" if since is None else f" ({duration(since)} ago)")


def _head(status: Status) -> Iterator[str]:
    mode = "SIMULATED" if status["simulated"] else "hardware"
    clients = len(status["clients"])
    yield f"pilotage {status['version']}, {mode}, up {duration(status['uptime_s'])}, {clients} client{'s' * (clients != 1)}"
    yield from textwrap.wrap(f"config {status['config']}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    found = troubles(status)
    yield from textwrap.wrap(f"NOT WELL: {', '.join(found)}" if found else "all is well", WIDTH, subsequent_indent="  ")
    for name, bus in status["buses"].items():
        yield f"{name}: {bus['state']} for {duration(bus['since_s'])}"
        yield from _indented(bus["error"]["message"] if bus["error"] else "")
    if status["clock_synchronised"] is False:
        yield "the clock was never set since the start: times of day are wrong, ages are right"
    access = status.get("access")
    if access is not None and access["refused"]["last"]:
        refused = access["refused"]
        last = refused["last"][0]
        times = "once" if refused["total"] == 1 else f"{refused['total']} times"
        text = f"refused {times}; {duration(last['ago_s'])} ago {last['client']}: {last['reason']}"
        yield from textwrap.wrap(text, WIDTH, subsequent_indent="  ")
    if status["abandoned_threads"]:
        lost = status["abandoned_threads"]
        yield f"{lost} thread{'s are' if lost != 1 else ' is'} stuck in the hardware"


def _sensor(name: str, child: ChildStatus, scales: Scales) -> Iterator[str]:
    running = child["state"] in {"running", "degraded"}
    last = child.get("last")
    values = values_of(name, child, scales) if running else []
    age = duration(last["age_s"]) if running and last else "-"
    lines = _packed(values, 35)
    yield _SENSOR.format(shortened(name, _NAME), child["where"], child["state"], lines[0] if lines else "-", age)
    for line in lines[1:]:
        yield _SENSOR.format("", "", "", line, "")
    if running and last:
        said = child["error"]["message"] if child["error"] is not None else None
        for channel, text in last["faults"].items():
            if not channel and text == said:
                continue
            yield from _indented(f"{channel}: {text}" if channel else text)
    yield from _trouble(child)


def _packed(parts: Sequence[str], width: int) -> list[str]:
    """Return `parts` in as few lines as they fit into, none of them broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines


def _output(name: str, child: ChildStatus, output: OutputStatus, scales: Scales) -> Iterator[str]:
    units, _ = scales.get((name, None), ("", None))
    read_back = f"{set_point(output['read_back'])} {units}".rstrip()
    notes = [f"{output['frequency_hz']:g} Hz"] if output["frequency_hz"] else []
    notes += [f"safe: {output['safe']}"] if output["safe"] else []
    notes += [f"lease {output['lease']['state']}"] if output["lease"] else []
    row = (shortened(name, _NAME), child["where"], child["state"], set_point(output["asked"]), read_back)
    yield _OUTPUT.format(*row, shortened(", ".join(notes), 22))
    yield from _trouble(child)
    yield from _indented(taken_for(output))


def _trouble(child: ChildStatus) -> Iterator[str]:
    error = child["error"]
    if error is not None:
        yield from _indented(error["message"] + _next_attempt(child))
    elif child["last_error"] is not None:
        times = f", {child['restarts']} restart{'s' * (child['restarts'] != 1)}" if child["restarts"] else ""
        yield from _indented(f"well again; last error {local_time(child['last_error_at'])}{times}: {child['last_error']['message']}")


def _next_attempt(child: ChildStatus) -> str:
    due = child["next_attempt_s"]
    if due is not None:
        return f"; tried again in {duration(due)}"
    return "; tried again when its thread is back" if child["state"] in {"backoff", "absent", "failed"} else ""


def _interlock(name: str, entry: InterlockStatus) -> Iterator[str]:
    yield _INTERLOCK.format(shortened(name, 25), entry["state"])
    yield from _indented(interlock_reason(entry))


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
