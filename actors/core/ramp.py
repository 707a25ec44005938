"""A limited rate of change: where a slewed output is at a time. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

STEP: Final = 0.1
"""Seconds between two steps: finer than any thermal time constant, coarse enough to cost nothing."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """From `start` to `target` with `rate` units per second, begun at `begun` (monotonic seconds)."""

    start: float
    target: float
    rate: float
    begun: float

    def at(self, now: float) -> float:
        """Return the value at `now`: never further from `start` than `rate` allows."""
        way = self.target - self.start
        moved = self.rate * max(now - self.begun, 0.0)
        return self.target if moved >= abs(way) else self.start + math.copysign(moved, way)

    def left(self, now: float) -> float:
        """Return in how many seconds the target is reached."""
        return max(abs(self.target - self.start) / self.rate - max(now - self.begun, 0.0), 0.0)

    def done(self, now: float) -> bool:
        """Whether the target is reached."""
        return self.at(now) == self.target
