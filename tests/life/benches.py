"""The benches of a life: what stands in `config.py`."""

from __future__ import annotations

import copy
import pprint
from dataclasses import dataclass, field
from typing import Any, Final

HEATER, FAN, FREE = "heater", "fan", "output"
HOT: Final = 60
"""°C of a limit."""
LONGEST: Final = 20
"""Seconds that a heater may be on, where that is limited."""


BUSES: Final[dict[int, Any]] = {0: None, 0x03: 3, **{0x70 + channel: {"parent": 1, "mux": 0x70, "channel": channel} for channel in (3, 4)}}
"""Where a sensor may be: what its number begins with -> `bus` in the file."""


def number_of(root: int, where: Any) -> int:
    """Return by which number a chip's sensor is known, from where the simulated bench has it."""
    address = where[-1] if isinstance(where, tuple) else where
    begins = 0x70 + where[1] if isinstance(where, tuple) else {1: 0}.get(root, root)
    return begins << 8 | int(address)


def output(pin: int, name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return an entry of ACTUATORS_CONFIG."""
    frequency = {HEATER: 100, FAN: 25000 if pin in {12, 18} else 100, FREE: None}[kind]
    driver = "DIGITAL" if kind == FREE else "PWM"
    limits = {"min": 0, "max": 1 if kind == FREE else 255}
    entry = {"pin": pin, "title": name, "name": name, "driver": driver, "units": "", **limits, "address": None, "kind": kind}
    return {**entry, **({} if frequency is None else {"pwm_frequency": frequency}), **more}


def on_chip(address: int, name: str) -> dict[str, Any]:
    """Return an entry of ACTUATORS_CONFIG that is driven by a chip on the bus."""
    entry = {"pin": None, "title": name, "name": name, "driver": "EMC2101_FAN", "units": "%", "min": 0, "max": 100}
    return {**entry, "address": address, "kind": FAN}


def sensor(driver: str, name: str) -> dict[str, Any]:
    """Return an entry of SENSORS_CONFIG."""
    return {"driver": driver, "title": name, "name": name, "units": "°C"}


def loop(name: str, sensor: str, output: str, pin: int = 1000) -> dict[str, Any]:
    """Return an entry of LOOPS with the constants of the simulation."""
    return {"name": name, "sensor": sensor, "output": output, "pin": pin, "min": 20, "max": 50, "k": 0.667, "gain": 40, "dead_time": 0}


def _placed(item: tuple[int, dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """Return key and entry of a sensor as the file has it."""
    number, entry = item
    begins, address = number >> 8, number & 0x7F
    return (entry["name"], entry | {"address": address, "bus": BUSES[begins], "wire": number}) if begins else (address, entry)


@dataclass
class Plan:
    """What a `config.py` says. Interlocks and loops name outputs and sensors, as in the file."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    sensors: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By the number that clients know: an address on the bench's own bus, or one of `BUSES` before it."""
    interlocks: list[dict[str, Any]] = field(default_factory=list)
    loops: list[dict[str, Any]] = field(default_factory=list)
    ending: str = ""

    def text(self) -> str:
        """Return the file."""
        parts = {
            "ACTUATORS_CONFIG": self.outputs,
            "SENSORS_CONFIG": dict(map(_placed, self.sensors.items())),
            "INTERLOCKS": self.interlocks,
        }
        parts["LOOPS"] = self.loops
        lines = ["BIND = '127.0.0.1'", "FRAME_INTERVAL = 0.1"]
        return "\n".join([*lines, *(f"{name} = {pprint.pformat(value)}" for name, value in parts.items()), self.ending, ""])

    def copy(self) -> Plan:
        """Return another one to edit."""
        return copy.deepcopy(self)

    @property
    def children(self) -> set[str]:
        """The names of every output, sensor and loop."""
        return {entry["name"] for entry in (*self.outputs, *self.sensors.values(), *self.loops)}

    @property
    def heaters(self) -> dict[int, dict[str, Any]]:
        """The heaters, by pin."""
        return {entry["pin"]: entry for entry in self.outputs if entry["kind"] == HEATER}

    @property
    def pins(self) -> list[int]:
        """The pins of every output."""
        return [entry["pin"] for entry in self.outputs if entry["pin"] is not None]

    def loops_of(self, pin: int) -> set[str]:
        """Return the loops that drive the output at a pin."""
        names = {entry["name"] for entry in self.outputs if entry["pin"] == pin}
        return {loop["name"] for loop in self.loops if loop["output"] in names}

    def guarded(self, loop: dict[str, Any]) -> bool:
        """Return whether a loop has what the file must have for it: a limit and a stale on its sensor that switch its output off."""
        kinds = {rule["kind"] for rule in self.interlocks if rule.get("sensor") == loop["sensor"] and loop["output"] in rule["outputs"]}
        return {"limit", "stale"} <= kinds and any(entry["name"] == loop["output"] and entry["kind"] == HEATER for entry in self.outputs)

    @property
    def places(self) -> list[dict[str, Any]]:
        """How a request names each output."""
        return [
            {"register": "add", "add": hex(entry["address"])} if entry["pin"] is None else {"register": "pin", "pin": entry["pin"]}
            for entry in self.outputs
        ]

    def at(self, pin: int) -> dict[str, Any]:
        """Return the output at a pin."""
        return next(entry for entry in self.outputs if entry["pin"] == pin)

    def rename(self, before: str, after: str) -> None:
        """Give an output or sensor, and every word about it, another name."""
        for entry in (*self.outputs, *self.sensors.values(), *self.loops):
            if entry["name"] == before:
                entry["name"] = after
        for rule in (*self.interlocks, *self.loops):
            for key in ("sensor", "needs", "output"):
                if rule.get(key) == before:
                    rule[key] = after
            if "outputs" in rule:
                rule["outputs"] = {after if name == before else name: value for name, value in rule["outputs"].items()}

    def forget(self, name: str) -> None:
        """Take out an output or sensor, and every rule that cannot be without it."""
        self.outputs = [entry for entry in self.outputs if entry["name"] != name]
        self.sensors = {address: entry for address, entry in self.sensors.items() if entry["name"] != name}
        self.loops = [entry for entry in self.loops if name not in entry.values()]
        for rule in self.interlocks:
            rule.get("outputs", {}).pop(name, None)
        self.interlocks = [
            rule
            for rule in self.interlocks
            if rule.get("outputs", True) and name not in {rule.get("sensor"), rule.get("needs"), rule.get("output")}
        ]


def default() -> Plan:
    """Return the bench that a life begins with: a fan, a heater that is watched, a pump, a heater that nobody watches."""
    return Plan(
        [
            output(18, "ventilateur", FAN),
            output(23, "resistance", HEATER),
            output(24, "pompe", FREE),
            output(25, "cartouche", HEATER),
            on_chip(0x4C, "soufflerie"),
        ],
        {
            0x48: sensor("TMP102", "t_resistance"),
            0x49: sensor("PT-100", "t_sonde"),
            0x734D: sensor("TMP102", "t_bain"),
            0x034E: sensor("TMP102", "t_loin"),
        },
        [
            {"name": "too_hot", "kind": "limit", "sensor": "t_resistance", "above": HOT, "outputs": {"resistance": 0, "ventilateur": 255}},
            {"name": "sensor_lost", "kind": "stale", "sensor": "t_resistance", "seconds": 5, "outputs": {"resistance": 0}},
        ],
        [loop("chauffe", "t_resistance", "resistance")],
    )
