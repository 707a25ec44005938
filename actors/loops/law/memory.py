"""What the law of a loop is told, remembers and answers: frozen data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law.model import Model
from actors.loops.law.plausible import Power
from actors.loops.law.program import Progress
from actors.loops.law.settled import Rest


@dataclass(frozen=True, slots=True)
class Sample:
    """A good reading: its value in units, and when it was read (monotonic seconds)."""

    value: float
    at: float


HUGE: Final = 1e9
"""Larger than any reading in any unit: what is beyond it is cut off, so that no product of it is infinite."""


def bounded(value: float) -> float:
    """Return a value that can be calculated with."""
    return min(max(value, -HUGE), HUGE)


def share(value: float | None) -> float | None:
    """Return what an output does, 0..1; None if nobody knows."""
    return min(max(value, 0.0), 1.0) if value is not None and math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Memory:
    """What a loop in `auto` remembers from one reading to the next; made by `regulate.engage`, changed by nobody but its functions.

    `target` is the set-point, `working` the one in force at the moment, which moves by `slope` (units/s); `ramp` in units per minute.
    `integral`, `feed_forward`, `asked` (before it is limited) and `duty` (after) are duties, `fan` the last fan known (0..1).
    `switched`: when an output that is off or on was switched last, `stuck`: since when the output is at its end, both monotonic.
    `trail` are the last working set-points with their times, `recent` the last readings.
    `at` is the time of the last one (None: there was none yet), `basis` what the integral belongs to.
    """

    target: float
    ramp: float | None = None
    program: Progress | None = None
    at: float | None = None
    working: float = 0.0
    slope: float = 0.0
    error: float = 0.0
    integral: float = 0.0
    feed_forward: float = 0.0
    asked: float = 0.0
    duty: float = 0.0
    fan: float = 0.0
    ambient: float = 0.0
    switched: float | None = None
    stuck: float | None = None
    trail: tuple[tuple[float, float], ...] = ()
    recent: tuple[tuple[float, float], ...] = ()
    rest: Rest = field(default_factory=Rest)
    power: Power = field(default_factory=Power)
    basis: tuple[LoopSpec, Model | None] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the law noticed; an actor tells what differs from before. `mean` of the last 10 s, `settled_since` in monotonic seconds.

    `saturated`: the output is at its end, and the value does not come nearer. `reachable`: where the largest duty leads, None if unknown.
    `implausible`: why the power does not fit the readings, empty if it does; `trip`: and that is sure enough to switch off.
    `finished`: the program is over, and asked for the loop to be switched off then.
    """

    mean: float | None = None
    settled_since: float | None = None
    saturated: bool = False
    reachable: float | None = None
    implausible: str = ""
    trip: bool = False
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """What the output is to do: `duty` 0..1 until `valid_until` (monotonic). `lost`: no good reading for too long, so the loop is over.

    `fresh` is false when there was no new reading: the output goes on as it is, and nothing is renewed.
    """

    duty: float
    valid_until: float
    found: Finding
    fresh: bool = True
    lost: bool = False
