"""The benches of a life: what stands in `config.py`, and every way in which somebody edits it."""

from __future__ import annotations

import copy
import pprint
from dataclasses import dataclass, field
from typing import Any, Final

HEATER, FAN, FREE = "heater", "fan", "output"
SPARE_PINS: Final = (12, 5, 6)
SPARE_ADDRESSES: Final = (0x4A, 0x4B)
ODD_NAMES: Final = ("interlocks", "gateway", "supervisor", "bus", "pigpiod", "all")
"""Names that the daemon may have for something of its own."""
HOT, COOLER = 60, 55

BROKEN: Final = (
    "this is no Python",
    "raise SystemExit(0)",
    "1 / 0",
    "SENSORS_CONFIG = 7",
    "ACTUATORS_CONFIG = [{}]",
    "ACTUATORS_CONFIG[0]['pin'] = 'GPIO18'",
    "ACTUATORS_CONFIG[0]['driver'] = 'PMW'",
    "ACTUATORS_CONFIG.append(dict(ACTUATORS_CONFIG[0]))",
    "INTERLOCKS = [{'name': 'a', 'kind': 'stale', 'outputs': ['nobody']}]",
    "INTERLOCKS = [{'name': 'a', 'kind': 'stale', 'outputs': [o['name'] for o in ACTUATORS_CONFIG]}]",
    "INTERLOCKS = [{'name': 'a', 'kind': 'max_on', 'outputs': [o['name'] for o in ACTUATORS_CONFIG]}]",
    "INTERLOCKS = [{'name': 'a', 'kind': ['limit'], 'sensor': {}}]",
)
"""Lines that make a file unusable; the last thing in it."""


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


@dataclass
class Plan:
    """What a `config.py` says. Interlocks name outputs and sensors, as in the file."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    sensors: dict[int, dict[str, Any]] = field(default_factory=dict)
    interlocks: list[dict[str, Any]] = field(default_factory=list)
    ending: str = ""

    def text(self) -> str:
        """Return the file."""
        parts = {"ACTUATORS_CONFIG": self.outputs, "SENSORS_CONFIG": self.sensors, "INTERLOCKS": self.interlocks}
        lines = ["BIND = '127.0.0.1'", "FRAME_INTERVAL = 0.1"]
        return "\n".join([*lines, *(f"{name} = {pprint.pformat(value)}" for name, value in parts.items()), self.ending, ""])

    def copy(self) -> Plan:
        """Return another one to edit."""
        return copy.deepcopy(self)

    @property
    def children(self) -> set[str]:
        """The names of every output and sensor."""
        return {entry["name"] for entry in (*self.outputs, *self.sensors.values())}

    @property
    def heaters(self) -> dict[int, dict[str, Any]]:
        """The heaters, by pin."""
        return {entry["pin"]: entry for entry in self.outputs if entry["kind"] == HEATER}

    @property
    def pins(self) -> list[int]:
        """The pins of every output."""
        return [entry["pin"] for entry in self.outputs if entry["pin"] is not None]

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
        for entry in (*self.outputs, *self.sensors.values()):
            if entry["name"] == before:
                entry["name"] = after
        for rule in self.interlocks:
            for key in ("sensor", "needs", "output"):
                if rule.get(key) == before:
                    rule[key] = after
            rule["outputs"] = {after if name == before else name: value for name, value in rule["outputs"].items()}

    def forget(self, name: str) -> None:
        """Take out an output or sensor, and every rule that cannot be without it."""
        self.outputs = [entry for entry in self.outputs if entry["name"] != name]
        self.sensors = {address: entry for address, entry in self.sensors.items() if entry["name"] != name}
        for rule in self.interlocks:
            rule["outputs"].pop(name, None)
        self.interlocks = [
            rule for rule in self.interlocks if rule["outputs"] and name not in {rule.get("sensor"), rule.get("needs"), rule.get("output")}
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
        {0x48: sensor("TMP102", "t_resistance"), 0x49: sensor("PT-100", "t_sonde")},
        [
            {"name": "too_hot", "kind": "limit", "sensor": "t_resistance", "above": HOT, "outputs": {"resistance": 0, "ventilateur": 255}},
            {"name": "sensor_lost", "kind": "stale", "sensor": "t_resistance", "seconds": 5, "outputs": {"resistance": 0}},
        ],
    )


class Edits:
    """Every way to edit a plan. `choose` picks one of several; a method returns False where there is nothing to edit in its way."""

    def __init__(self, plan: Plan, choose: Any) -> None:
        self.plan = plan
        self._choose = choose

    def _output(self) -> dict[str, Any] | None:
        at_pins = [entry for entry in self.plan.outputs if entry["pin"] is not None]
        return self._choose(at_pins) if at_pins else None

    def _free(self, values: tuple[Any, ...], taken: Any) -> Any:
        left = [value for value in values if value not in taken]
        return self._choose(left) if left else None

    def nothing(self) -> bool:
        """The same file again."""
        return True

    def title(self) -> bool:
        """Another title: it is of no consequence."""
        entry = self._choose([*self.plan.outputs, *self.plan.sensors.values()])
        entry["title"] += "'"
        return True

    def limit(self) -> bool:
        """Another `max`, which is what full power is called."""
        entry = self._output()
        if entry is None or entry["kind"] == FREE:
            return False
        entry["max"] = self._choose([100, 200, 255])
        return True

    def ramp(self) -> bool:
        """A ramp, or none."""
        entry = self._output()
        if entry is None or entry["kind"] == FREE:
            return False
        entry["ramp"] = self._choose([20, 200, None])
        return True

    def kind(self) -> bool:
        """A heater becomes a fan, or the reverse."""
        entry = self._output()
        if entry is None or entry["kind"] == FREE:
            return False
        entry["kind"] = HEATER if entry["kind"] == FAN else FAN
        return True

    def pin(self) -> bool:
        """An output moves to another pin."""
        entry, pin = self._output(), self._free(SPARE_PINS, self.plan.pins)
        if entry is None or pin is None:
            return False
        entry["pin"] = pin
        return True

    def swap(self) -> bool:
        """Two outputs change places."""
        if len(self.plan.pins) < 2:
            return False
        one = self._output()
        other = self._choose([entry for entry in self.plan.outputs if entry["pin"] is not None and entry is not one])
        assert one is not None
        one["pin"], other["pin"] = other["pin"], one["pin"]
        return True

    def rename(self) -> bool:
        """An output or sensor gets another name, one of the daemon's own words perhaps."""
        entry = self._choose([*self.plan.outputs, *self.plan.sensors.values()])
        name = self._free((*ODD_NAMES, f"{entry['name']}_2"), self.plan.children)
        self.plan.rename(entry["name"], name)
        return True

    def add_output(self) -> bool:
        """A new output."""
        pin = self._free(SPARE_PINS, self.plan.pins)
        name = self._free((*ODD_NAMES, "aux"), self.plan.children)
        if pin is None or name is None:
            return False
        self.plan.outputs.append(output(pin, name, self._choose([HEATER, FAN, FREE])))
        return True

    def add_sensor(self) -> bool:
        """A new sensor."""
        address = self._free(SPARE_ADDRESSES, self.plan.sensors)
        name = self._free((*ODD_NAMES, "t_aux"), self.plan.children)
        if address is None or name is None:
            return False
        self.plan.sensors[address] = sensor("TMP102", name)
        return True

    def remove_output(self) -> bool:
        """An output goes."""
        if not self.plan.outputs:
            return False
        entry = self._choose(self.plan.outputs)
        self.plan.forget(entry["name"])
        return True

    def remove_sensor(self) -> bool:
        """A sensor goes, and every rule that needs it."""
        if not self.plan.sensors:
            return False
        self.plan.forget(self._choose([*self.plan.sensors.values()])["name"])
        return True

    def rule_keys(self) -> bool:
        """An interlock gets another limit."""
        if not self.plan.interlocks:
            return False
        rule = self._choose(self.plan.interlocks)
        key = {"limit": "above", "stale": "seconds"}.get(rule["kind"])
        if key is None:
            return False
        rule[key] += 1
        return True

    def remove_rule(self) -> bool:
        """An interlock goes."""
        if not self.plan.interlocks:
            return False
        self.plan.interlocks.remove(self._choose(self.plan.interlocks))
        return True

    def add_rule(self) -> bool:
        """A new interlock, for a heater and a sensor of the bench."""
        heaters = [entry["name"] for entry in self.plan.outputs if entry["kind"] == HEATER]
        sensors = [entry["name"] for entry in self.plan.sensors.values() if entry["driver"] == "TMP102"]
        name = self._free(("too_hot", "sensor_lost", "second", "interlocks"), {rule["name"] for rule in self.plan.interlocks})
        if not heaters or not sensors or name is None:
            return False
        watched, held = self._choose(sensors), self._choose(heaters)
        keys = self._choose([{"kind": "limit", "above": HOT}, {"kind": "stale", "seconds": 5}])
        self.plan.interlocks.append({"name": name, "sensor": watched, "outputs": {held: 0}, **keys})
        return True

    def break_it(self) -> bool:
        """A file that cannot be used."""
        self.plan.ending = self._choose(list(BROKEN))
        return True


EDITS: Final = (
    "nothing", "title", "limit", "ramp", "kind", "pin", "swap", "rename", "add_output", "add_sensor", "remove_output", "remove_sensor",
    "rule_keys", "remove_rule", "add_rule", "break_it",
)  # fmt: skip
