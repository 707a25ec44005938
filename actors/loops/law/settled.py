"""Whether a value is at rest at its set-point: the mean of 10 s within the band for 20 s, and lost beyond twice the band."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

MEAN_OVER: Final = 10.0
"""Seconds that are averaged, or four readings if these take longer."""
HOLDS_FOR: Final = 20.0
"""Seconds that the mean has to stay within the band."""
LOST: Final = 2.0
"""Bands away from the set-point at which it is no longer at rest."""
REMEMBERED: Final = 60.0
"""Seconds of readings that are kept, for their scatter."""
MOST_KEPT: Final = 240
"""Readings that are kept at most."""
LEAST_READINGS: Final = 4
"""Readings that a mean needs."""

Readings = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """`near`: since when the mean has been within the band; `since`: since when it counts as settled; None: not. Monotonic seconds."""

    near: float | None = None
    since: float | None = None


def remember(recent: Readings, at: float, value: float, period: float) -> Readings:
    """Return the readings with one more and without those that are too old."""
    first = bisect_right(recent, (at - max(REMEMBERED, LEAST_READINGS * period), math.inf))
    return (*recent[max(first, len(recent) + 1 - MOST_KEPT) :], (at, value))


def mean(recent: Sequence[tuple[float, float]], at: float, period: float) -> float | None:
    """Return the mean of the last 10 s; None while there are not that many readings."""
    span = max(MEAN_OVER, LEAST_READINGS * period)
    if not recent or at - recent[0][0] < span - 1.5 * period:
        return None
    last = recent[bisect_right(recent, (at - span, math.inf)) :]
    return sum(value for _, value in last) / len(last) if last else None


def scatter(recent: Sequence[tuple[float, float]]) -> float | None:
    """Return the standard deviation of what is remembered, of 60 s as a rule; None for less than two readings."""
    if len(recent) < 2:  # noqa: PLR2004 - one value does not scatter
        return None
    middle = sum(value for _, value in recent) / len(recent)
    return math.sqrt(sum((value - middle) ** 2 for _, value in recent) / len(recent))


def judge(rest: Rest, average: float | None, target: float, band: float, at: float, *, moving: bool) -> Rest:
    """Return whether it is at rest now; `moving`: the working set-point is still on its way."""
    if average is None or moving or abs(average - target) > LOST * band:
        return Rest()
    if rest.since is not None:
        return rest
    if abs(average - target) > band:
        return Rest()
    near = at if rest.near is None else rest.near
    return replace(rest, near=near, since=at if at - near >= HOLDS_FOR else None)
