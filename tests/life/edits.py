"""Every way in which somebody edits a `config.py`, to the better or not."""

from __future__ import annotations

from typing import Any, Final

from tests.life.benches import BUSES, FAN, FREE, HEATER, HOT, LONGEST, Plan, output, sensor

SPARE_PINS: Final = (12, 5, 6)
SPARE_ADDRESSES: Final = (0x4A, 0x4B)
ODD_NAMES: Final = ("interlocks", "gateway", "supervisor", "bus", "pigpiod", "all")
"""Names that the daemon may have for something of its own."""
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
        self.plan.loops = [each for each in self.plan.loops if self.plan.guarded(each)]
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
        address = self._free(SPARE_ADDRESSES, [number & 0x7F for number in self.plan.sensors])
        name = self._free((*ODD_NAMES, "t_aux"), self.plan.children)
        if address is None or name is None:
            return False
        self.plan.sensors[address] = sensor("TMP102", name)
        return True

    def move_sensor(self) -> bool:
        """A sensor moves to another bus, or behind another channel of the multiplexer."""
        if not self.plan.sensors:
            return False
        number = self._choose([*self.plan.sensors])
        begins = self._choose([each for each in BUSES if each != number >> 8])
        self.plan.sensors[begins << 8 | number & 0x7F] = self.plan.sensors.pop(number)
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
        self.plan.loops = [entry for entry in self.plan.loops if self.plan.guarded(entry)]
        return True

    def add_rule(self) -> bool:
        """A new interlock, for a heater and a sensor of the bench."""
        heaters = [entry["name"] for entry in self.plan.outputs if entry["kind"] == HEATER]
        fans = [entry["name"] for entry in self.plan.outputs if entry["kind"] == FAN and entry["pin"] is not None]
        sensors = [entry["name"] for entry in self.plan.sensors.values() if entry["driver"] == "TMP102"]
        name = self._free(("too_hot", "sensor_lost", "second", "interlocks"), {rule["name"] for rule in self.plan.interlocks})
        if not heaters or not sensors or not fans or name is None:
            return False
        held, watched, needed = self._choose(heaters), self._choose(sensors), self._choose(fans)
        keys = self._choose(
            [
                {"kind": "limit", "sensor": watched, "above": HOT, "outputs": {held: 0}},
                {"kind": "stale", "sensor": watched, "seconds": 5, "outputs": {held: 0}},
                {"kind": "requirement", "needs": needed, "above": 20, "outputs": {held: 0}},
                {"kind": "max_on", "output": held, "seconds": LONGEST},
                {"kind": "client_lost", "seconds": 5, "outputs": {held: 0}},
            ]
        )
        self.plan.interlocks.append({"name": name, **keys})
        return True

    def loop_keys(self) -> bool:
        """A loop gets another range, or other constants."""
        if not self.plan.loops:
            return False
        self._choose(self.plan.loops).update(self._choose([{"max": 45}, {"max": 50}, {"gain": 35}, {"aggressiveness": "soft"}]))
        return True

    def remove_loop(self) -> bool:
        """A loop goes."""
        if not self.plan.loops:
            return False
        self.plan.loops.remove(self._choose(self.plan.loops))
        return True

    def keep(self) -> bool:
        """A fan is set again after a restart, or runs on for a while when its heater goes off."""
        fans = [entry for entry in self.plan.outputs if entry["kind"] == FAN and entry["pin"] is not None]
        if not fans:
            return False
        self._choose(fans).update(self._choose([{"restore": True}, {"restore": False}, {"linger": 20}]))
        return True

    def break_it(self) -> bool:
        """A file that cannot be used."""
        self.plan.ending = self._choose(list(BROKEN))
        return True


EDITS: Final = (
    "nothing", "title", "limit", "ramp", "kind", "pin", "swap", "rename", "add_output", "add_sensor", "move_sensor",
    "remove_output", "remove_sensor",
    "rule_keys", "remove_rule", "add_rule", "keep", "break_it",
    "loop_keys", "remove_loop",
)  # fmt: skip
