"""Which chips the bench of a `config.py` has, and where; and what a word means that names one of them, or what it hangs on."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from actors.bench.buses import BusPath, spot
from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.hardware.sim.bus import WHOLE_BUS, Target, Where

BESIDE: Final = 0.0
"""The coupling of a chip that is no sensor of the bench: it sits beside the air stream."""
_SPOT: Final = re.compile(r"i2c-(\d{1,3})(?:/(0x[0-9a-f]{2})(?:/(\d))?)?(?::(0x[0-9a-f]{2}))?", re.IGNORECASE)


class Spot(NamedTuple):
    """A chip's place: the number of its root adapter, and where it is there."""

    root: int
    where: Where


class Wired(NamedTuple):
    """What makes a chip the one it is."""

    driver: str
    coupling: float
    options: Any


def spot_of(bench: Bench, path: BusPath | None, address: int) -> Spot:
    """Return where a chip is; `path` None is the bench's own bus."""
    if path is None or path.mux is None or path.channel is None:
        return Spot(bench.bus if path is None else path.root, address)
    return Spot(path.root, (path.mux, path.channel, address))


def place_of(bench: Bench, spec: SensorSpec | OutputSpec) -> Spot | None:
    """Return where the I2C chip of a sensor or an output is, also one that the kernel reads; None for one that has none."""
    below = spec.below if isinstance(spec, SensorSpec) else None
    if below is not None:
        return spot_of(bench, *below)
    return spot_of(bench, spec.bus, spec.address) if spec.address else None


def wirings(bench: Bench) -> dict[Spot, Wired]:
    """Return every chip of a bench."""
    found = {
        place: Wired(sensor.driver, sensor.coupling, sensor.options)
        for sensor in bench.sensors
        if (place := place_of(bench, sensor)) is not None
    }
    for output in bench.outputs:
        if output.address is not None:
            found.setdefault(spot_of(bench, output.bus, output.address), Wired(output.driver, BESIDE, None))
    return found


def shown(bench: Bench, place: Spot) -> str:
    """Return a chip's place in one word: `0x48`, `i2c-1/0x70/3:0x76`."""
    if isinstance(place.where, tuple):
        mux, channel, address = place.where
        return spot(BusPath(place.root, mux, channel), address)
    return spot(None if place.root == bench.bus else BusPath(place.root), place.where)


def meant(bench: Bench, target: str | int) -> tuple[int, Target] | None:
    """Return root adapter and place of what a word names: a chip, a channel, a multiplexer or a bus; None for something else."""
    if isinstance(target, int):
        return bench.bus, target
    if re.fullmatch(r"0x[0-9a-f]{1,2}", target, re.IGNORECASE):
        return bench.bus, int(target, 16)
    found = _SPOT.fullmatch(target)
    if found is None:
        return None
    mux, channel, address = (None if part is None else int(part, 0) for part in found.groups()[1:])
    return int(found[1]), _on_its_bus(mux, channel, address)


def _on_its_bus(mux: int | None, channel: int | None, address: int | None) -> Target:
    if mux is None:
        return WHOLE_BUS if address is None else address
    if channel is None:
        return f"0x{mux:02X}"
    return (mux, channel) if address is None else (mux, channel, address)


def places(bench: Bench) -> list[str]:
    """Return the words for its buses beside its own, its multiplexers and their channels."""
    found: dict[str, None] = {}
    for path in bench.ways:
        if path.mux is not None:
            found |= {f"i2c-{path.root}/0x{path.mux:02X}": None, str(path): None}
        elif path.root != bench.bus:
            found[str(path)] = None
    return [*found]
