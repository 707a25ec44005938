"""Under which names a bench is in a LECO network: its own, and one for each reading and each output. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from actors.gateway.protocol import Component
from actors.gateway.routes import LoopRoute, OutputRoute, Routes, SensorRoute

STATUS: Final = "status"
"""The parameter of a bench that is no reading and no output."""
VALUE: Final = "value"
UNITS: Final = "units"
"""The parameters of a name that stands for one reading or output."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One reading or output: its parameter's name at the bench, the child and channel (None: an output), and how the wire names it."""

    parameter: str
    child: str
    channel: str | None
    units: str
    component: Component
    output: OutputRoute | None = None
    loop: LoopRoute | None = None
    """Of a loop: its set-point is what is read and set."""

    @property
    def drives(self) -> bool:
        """Whether it can be set."""
        return self.output is not None or self.loop is not None

    @property
    def first(self) -> bool:
        """Whether it is the first channel of a sensor: a curve for the bench's own viewer. PyMoDAQ 5.1 has seven colours, and no eighth."""
        return self.channel is not None and "." not in self.parameter

    @property
    def label(self) -> str:
        """What a viewer writes beside its curve."""
        return f"{self.parameter} ({self.units})" if self.units else self.parameter


def named(bench: str, sensors: Iterable[tuple[str, Iterable[str]]], outputs: Iterable[str]) -> list[tuple[str, str, str | None]]:
    """Return (name in the network, child, channel) of all; `outputs` are loops, too. The first channel of a sensor has its name."""
    found: list[tuple[str, str, str | None]] = [(f"{bench}_{output}", output, None) for output in outputs]
    for child, channels in sensors:
        for number, channel in enumerate(channels):
            found.append((f"{bench}_{child}" if number == 0 else f"{bench}_{child}_{channel}", child, channel))
    return found


def things(bench: str, routes: Routes) -> dict[str, Thing]:
    """Return every reading and output by its name in the network."""
    sensors = [(route.child, route.channels) for route in routes.sensors]
    outputs = [route.child for route in (*routes.outputs, *routes.loops)]
    return {name: _thing(routes, child, channel) for name, child, channel in named(bench, sensors, outputs)}


def _thing(routes: Routes, child: str, channel: str | None) -> Thing:
    route = routes.children[child]
    if isinstance(route, OutputRoute):
        spec = route.spec
        component = Component(spec.pin, None if spec.pin is not None else spec.number)
        return Thing(child, child, None, spec.units, component, route)
    if isinstance(route, LoopRoute):
        return Thing(child, child, None, route.units(route.pins[0]), Component(route.spec.pin, None), loop=route)
    assert isinstance(route, SensorRoute)  # noqa: S101 - a bench has nothing else
    name = child if channel == route.default_channel else f"{child}.{channel}"
    number = next(iter(route.spec.numbers), None)
    return Thing(name, child, channel, route.units(channel or ""), Component(None, number, channel))


def parameters(named_things: dict[str, Thing]) -> dict[str, Thing]:
    """Return them by the names of the bench's parameters; the first channel of a sensor has two, `rh_sortie` and `rh_sortie.temp`."""
    found = {thing.parameter: thing for thing in named_things.values()}
    firsts = {f"{thing.child}.{thing.channel}": thing for thing in named_things.values() if thing.channel is not None}
    return {**firsts, **found}
