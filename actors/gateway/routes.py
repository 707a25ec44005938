"""Routes: which sensor or output is at an address or a pin, and how it is reached now. The gateway's own copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.bench.buses import DEFAULT
from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.bench.loops import LoopSpec
from actors.core.cells import LoopCell, OutputCell, SensorCell
from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.errors import Fault
from actors.gateway.protocol import Component, shown
from actors.messages import Failure, Reading, Route, Tell
from pilotage.places import OUTPUT_CHANNEL, near_address, near_pin

DOWN = frozenset({"backoff", "absent", "failed", "stopped"})
"""States in which a child is known not to answer: the request gets its reason at once."""
_DIGITS = 20
_MAX_SHOWN = 0xFFFF


class ChildRoute:
    """A child as the gateway knows it: where its messages go, what state it is in, who waits for its news."""

    __slots__ = ("cell", "child", "fault", "generation", "kind", "state", "tell", "waiters")

    def __init__(self, child: str, kind: str) -> None:
        self.child = child
        self.kind = kind
        self.state = "starting"
        self.fault: Fault | None = None
        self.generation = 0
        self.tell: Tell | None = None
        self.cell: Any = None
        self.waiters: dict[Any, None] = {}

    def follow(self, route: Route) -> None:
        """Take over what the supervisor says of this child."""
        self.state, self.fault, self.generation = route.state, route.fault, route.generation
        self.tell, self.cell = route.tell, route.cell

    def down(self) -> Fault | None:
        """Return why this child cannot answer now, or None."""
        if self.state not in DOWN:
            return None
        reason = for_clients(self.fault or Fault("unavailable", "not available"))
        return Fault(reason.code, f"{self.child} is {self.state}: {reason.message}", reason.errno)


def for_clients(fault: Fault) -> Fault:
    """Return `fault` as a client may see it: what a bug of ours raised is for the log and `status`, not for the wire."""
    return Fault(fault.code, "a bug in the daemon stopped it; the log says where") if fault.code == "internal_error" else fault


class SensorRoute(ChildRoute):
    """A sensor, reached by its numbers."""

    __slots__ = ("channels", "spec")
    cell: SensorCell | None

    def __init__(self, spec: SensorSpec) -> None:
        super().__init__(spec.id, "sensor")
        self.spec = spec
        self.channels = {channel.name: channel for channel in SENSOR_DRIVER_REGISTRY[spec.driver].channels_of(spec.options)}

    @property
    def default_channel(self) -> str:
        """The channel of a request that names none."""
        return next(iter(self.channels))

    def units(self, channel: str) -> str:
        """Return the units of a channel: those of `config.py` for the default one, the chip's own for the others."""
        return self.spec.units if channel == self.default_channel else self.channels[channel].units

    def outcome(self, asked: float, max_age: float | None) -> Reading | Failure | None:
        """Return what serves a request of time `asked` (monotonic) with this `max_age` (s; None = the sensor's), if it is there already."""
        cell = self.cell
        outcome = cell.outcome if cell is not None else None
        if outcome is None:
            return None
        if isinstance(outcome, Failure):
            return outcome if outcome.at >= asked else None
        if max_age is None:
            return outcome if outcome.at >= asked - self.spec.max_age else None
        if max_age == 0:
            return outcome if outcome.begun >= asked else None
        return outcome if outcome.at >= asked - max_age else None


class OutputRoute(ChildRoute):
    """An output at a pin or at an I2C address."""

    __slots__ = ("spec",)
    cell: OutputCell | None

    def __init__(self, spec: OutputSpec) -> None:
        super().__init__(spec.id, "output")
        self.spec = spec


class LoopRoute(ChildRoute):
    """A loop at its virtual pins: the first sets it and reads its set-point, the others read what it publishes under these names."""

    __slots__ = ("spec",)
    cell: LoopCell | None
    pins: Final = ("set_point", "working", "state")

    def __init__(self, spec: LoopSpec) -> None:
        super().__init__(spec.id, "loop")
        self.spec = spec

    def outcome(self, asked: float, max_age: float | None) -> Reading | None:
        """Return what the loop says of itself: that is always of now."""
        del asked, max_age
        return None if self.cell is None else self.cell.reading

    def units(self, channel: str) -> str:
        """Return the units of what is read at one of its pins."""
        return "" if channel == "state" else self.spec.channel.units


Target = tuple[SensorRoute, str] | tuple[OutputRoute, None] | tuple[LoopRoute, str]
Driven = OutputRoute | LoopRoute


class Routes:
    """Every route of a bench, by child id, address and pin.

    A route of `former` is kept while its child is still at the same place with the same driver: whoever waits there goes on waiting.
    """

    def __init__(self, bench: Bench, former: Routes | None = None) -> None:
        known = former.children if former is not None else {}
        self.sensors = [_sensor_route(spec, known.get(spec.id)) for spec in bench.sensors]
        self.numbers = {number: (route, channel) for route in self.sensors for number, channel in route.spec.numbers.items()}
        outputs = [_output_route(spec, known.get(spec.id)) for spec in bench.outputs]
        self.pins = {route.spec.pin: route for route in outputs if route.spec.pin is not None}
        self.output_addresses = {route.spec.number: route for route in outputs if route.spec.number is not None}
        self.outputs = outputs
        self.loops = [_loop_route(spec, known.get(spec.id)) for spec in bench.loops]
        self.virtual = {route.spec.pin + index: (route, name) for route in self.loops for index, name in enumerate(route.pins)}
        routes: list[ChildRoute] = [*self.sensors, *outputs, *self.loops]
        self.children: dict[str, ChildRoute] = {route.child: route for route in routes}

    def gone(self, former: Routes) -> list[ChildRoute]:
        """Return the routes of `former` that are not here any more."""
        return [route for route in former.children.values() if self.children.get(route.child) is not route]

    def to_read(self, component: Component) -> Target | Fault:
        """Return what a component reads, or why it cannot."""
        if component.address is None:
            return self.virtual.get(component.pin or 0) or self._output_at_pin(component.pin)
        output = self.output_addresses.get(component.address)
        sensor, wired = self.numbers.get(component.address, (None, DEFAULT))
        if output is not None and (sensor is None or component.channel == OUTPUT_CHANNEL):
            return output, None
        if sensor is None:
            return self._unknown_address(component.address, "sensor", self._names())
        channel = component.channel or wired or sensor.default_channel
        if channel not in sensor.channels:
            known = ", ".join([*sensor.channels, *([OUTPUT_CHANNEL] if output is not None else [])])
            return Fault("unknown_channel", f"{sensor.spec.name} ({sensor.spec.driver}) has no channel {shown(channel)}; it has: {known}")
        return sensor, channel

    def to_drive(self, component: Component) -> Driven | Fault:
        """Return what a component drives, or why it cannot."""
        if component.loop is not None:
            return self._loop(component.loop)
        if component.address is None:
            loop, which = self.virtual.get(component.pin or 0, (None, ""))
            if loop is None:
                target = self._output_at_pin(component.pin)
                return target if isinstance(target, Fault) else target[0]
            text = f"pin {component.pin} reads the {which.replace('_', ' ')} of {loop.spec.name}; it is set by pin {loop.spec.pin}"
            return loop if which == loop.pins[0] else Fault("read_only_pin", text)
        output = self.output_addresses.get(component.address)
        if output is not None:
            return output
        if component.address in self.numbers:
            name = self._names()[component.address]
            text = f"0x{component.address:02X} is the sensor {name}; an output is driven by its pin"
            return Fault("driven_by_pin", text)
        known = {at: route.spec.name for at, route in self.output_addresses.items()}
        fault = self._unknown_address(component.address, "output", known)
        return Fault(fault.code, f"{fault.message}; an output without an address of its own is driven by its pin")

    def _names(self) -> dict[int, str]:
        """Return what a person calls each number of a sensor."""
        return {
            number: f"{route.spec.name}.{channel}" if channel not in {DEFAULT, route.default_channel} else route.spec.name
            for number, (route, channel) in self.numbers.items()
        }

    def _output_at_pin(self, pin: int | None) -> tuple[OutputRoute, None] | Fault:
        route = self.pins.get(pin) if pin is not None else None
        if route is None:
            near = near_pin(pin, {at: route.spec.name for at, route in self.pins.items()}) if pin is not None else ""
            return Fault("unknown_pin", f"no output is configured on GPIO{shown_number(pin)}{near}")
        return route, None

    def _loop(self, name: str) -> LoopRoute | Fault:
        known = {route.spec.name: route for route in self.loops}
        there = f"there are: {', '.join(known)}" if known else "there are none"
        return known.get(name) or Fault("unknown_loop", f"no loop is called {shown(name)}; {there}")

    @staticmethod
    def _unknown_address(address: int, what: str, known: Mapping[int, str]) -> Fault:
        text = f"0x{address:02X}" if 0 <= address <= _MAX_SHOWN else shown_number(address)
        return Fault("unknown_address", f"no {what} is configured at {text}{near_address(address, known)}")


def _sensor_route(spec: SensorSpec, known: ChildRoute | None) -> SensorRoute:
    place = (spec.where, spec.numbers, spec.driver)
    if not isinstance(known, SensorRoute) or (known.spec.where, known.spec.numbers, known.spec.driver) != place:
        return SensorRoute(spec)
    known.spec = spec
    return known


def _output_route(spec: OutputSpec, known: ChildRoute | None) -> OutputRoute:
    place = (spec.place, spec.wire, spec.driver)
    if not isinstance(known, OutputRoute) or (known.spec.place, known.spec.wire, known.spec.driver) != place:
        return OutputRoute(spec)
    known.spec = spec
    return known


def _loop_route(spec: LoopSpec, known: ChildRoute | None) -> LoopRoute:
    if not isinstance(known, LoopRoute):  # a loop that goes on at another virtual pin is still the same one
        return LoopRoute(spec)
    known.spec = spec
    return known


def shown_number(number: int | None) -> str:
    """Return a number for an error message; a client may send one of four thousand digits."""
    text = shown(number)
    return text[:_DIGITS] + "..." if len(text) > _DIGITS else text
