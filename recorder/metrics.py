"""What `GET /metrics` answers: the state of a bench in the text format of Prometheus, by hand: no registry outlives a sensor.

A failed reading is an absent sample, never the last number; there are no time stamps. Names follow prometheus.io/docs/practices/naming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pilotage.documents import Description, Status
from pilotage.history.documents import History

_QUANTITIES: Final = {
    "°C": ("pilotage_temperature_celsius", 1.0),
    "RH": ("pilotage_relative_humidity_ratio", 0.01),
    "%RH": ("pilotage_relative_humidity_ratio", 0.01),
    "rpm": ("pilotage_rotation_rpm", 1.0),
    "Ω": ("pilotage_resistance_ohms", 1.0),
    "ohm": ("pilotage_resistance_ohms", 1.0),
}
"""Units of a channel -> the name of its quantity, and what makes its numbers those of base units; any other is a `pilotage_reading`."""
_UP: Final = frozenset({"running", "degraded"})


@dataclass(slots=True)
class Family:
    """All samples of one name."""

    name: str
    kind: str
    text: str
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def add(self, value: float, **labels: str) -> None:
        """Add a sample."""
        self.samples.append((labels, value))

    def lines(self) -> Iterator[str]:
        """Yield the family as it is written; nothing for one without samples."""
        if self.samples:
            yield f"# HELP {self.name} {self.text}"
            yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.samples:
            inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{self.name}{{{inside}}} {value!r}" if inside else f"{self.name} {value!r}"


class Meter:
    """Counts events as they come (`follow`, in the recorder's thread), and writes down how a bench is."""

    def __init__(self) -> None:
        self._events: Counter[tuple[str, str]] = Counter()

    def follow(self, part: History) -> None:
        """Count the events of a part."""
        self._events.update(zip(part["events"]["event"], part["events"]["level"], strict=True))

    def text(self, status: Status | None, description: Description | None, history_bytes: int) -> str:
        """Return all samples; `status` is None for a daemon that does not answer."""
        families = [_one("pilotage_daemon_up", "Whether the daemon answers the recorder.", float(status is not None))]
        families.append(_one("pilotage_history_bytes", "Bytes of the history on the card.", float(history_bytes)))
        events = Family("pilotage_events_total", "counter", "Events of the log, from info on, since the recorder started.")
        for (event, level), count in sorted(self._events.copy().items()):
            events.add(float(count), event=event, level=level)
        families.append(events)
        if status is not None:
            families += [*_bench(status), *_interlocks(status)]
        if status is not None and description is not None:
            families += [*_readings(status, description), *_outputs(status, description)]
        return "".join(f"{line}\n" for family in families for line in family.lines())


def _bench(status: Status) -> Iterable[Family]:
    yield _one("pilotage_clients", "Clients of the daemon that are connected.", float(len(status["clients"])))
    if status["clock_synchronised"] is not None:
        yield _one(
            "pilotage_clock_synchronised", "Whether the clock of the bench was set since its start.", float(status["clock_synchronised"])
        )
    build = Family("pilotage_build_info", "gauge", "The version of the daemon, and whether its bench is simulated.")
    build.add(1.0, version=status["version"], simulated=str(status["simulated"]).lower())
    restarts = Family("pilotage_child_restarts_total", "counter", "How often a sensor, an output or another part was started again.")
    up = Family("pilotage_sensor_up", "gauge", "Whether a sensor serves.")
    for name, child in status["children"].items():
        restarts.add(float(child["restarts"]), child=name)
        if child["kind"] == "sensor":
            up.add(float(child["state"] in _UP), sensor=name)
    yield from (build, restarts, up)


def _interlocks(status: Status) -> Iterable[Family]:
    tripped = Family("pilotage_interlock_tripped", "gauge", "Whether an interlock holds outputs at their safe value.")
    for name, interlock in status["interlocks"].items():
        tripped.add(float(interlock["tripped"]), interlock=name)
    yield tripped


def _readings(status: Status, description: Description) -> Iterable[Family]:
    families: dict[str, Family] = {}
    ages = Family("pilotage_reading_age_seconds", "gauge", "Seconds since a sensor was read last.")
    for sensor in description["sensors"]:
        child = status["children"].get(sensor["child"])
        last = None if child is None or child["state"] not in _UP else child.get("last")
        if last is None:
            continue
        ages.add(last["age_s"], sensor=sensor["child"])
        for channel in sensor["channels"]:
            value = last["values"].get(channel["name"])
            if value is None:
                continue
            name, factor = _QUANTITIES.get(channel["units"], ("pilotage_reading", 1.0))
            known = name != "pilotage_reading"
            family = families.setdefault(name, Family(name, "gauge", _HELP[name]))
            # A ratio has no more digits than the per cent it comes from.
            scaled = round(value * factor, 9) if factor != 1.0 else value
            family.add(scaled, sensor=sensor["child"], channel=channel["name"], **({} if known else {"units": channel["units"]}))
    yield from (*families.values(), ages)


def _outputs(status: Status, description: Description) -> Iterable[Family]:
    does = Family("pilotage_output_ratio", "gauge", "What an output does, of its full scale, as the hardware says.")
    asked = Family("pilotage_output_set_ratio", "gauge", "What an output is asked for, of its full scale.")
    for output in description["outputs"]:
        entry, full = status["outputs"].get(output["child"]), output["max"]
        if entry is None or full <= 0:
            continue
        if entry["read_back"] is not None:
            does.add(round(entry["read_back"] / full, 9), output=output["child"])
        if entry["asked"] is not None:
            asked.add(round(entry["asked"] / full, 9), output=output["child"])
    yield from (does, asked)


_HELP: Final = {
    "pilotage_temperature_celsius": "Temperatures.",
    "pilotage_relative_humidity_ratio": "Relative humidities, 0 to 1.",
    "pilotage_rotation_rpm": "Speeds of rotation.",
    "pilotage_resistance_ohms": "Electric resistances.",
    "pilotage_reading": "Readings in other units.",
}


def _one(name: str, text: str, value: float) -> Family:
    family = Family(name, "gauge", text)
    family.add(value)
    return family


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
