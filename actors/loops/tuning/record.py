"""What a tune has seen: reading by reading, with what the output did until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Final

MOST: Final = 240
"""Rows of a fit; a longer record is averaged in groups. More of them cost time and tell nothing new."""

NORMAL: Final = 0.6745
"""Median of the absolute value of a normal distribution, in standard deviations."""
THIRD: Final = 20**0.5
"""Standard deviation of a third difference, in those of one value: 1 + 9 + 9 + 1 under the root."""


@dataclass(frozen=True, slots=True)
class Point:
    """A reading at `at` (monotonic s), and the duty (0..1) and the fan (0..1, None: unknown) between the one before and this one."""

    at: float
    value: float
    duty: float
    fan: float | None = None


Record = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through readings: `slope` in units/s with its standard deviation `doubt`, `mean`, and the `scatter` around it."""

    mean: float
    slope: float
    scatter: float
    doubt: float


def line(points: Sequence[Point]) -> Line:
    """Return the line through three readings or more. Raises ValueError for less, or for readings at one instant."""
    if len(points) < 3 or points[0].at == points[-1].at:  # noqa: PLR2004 - a scatter around a line takes a third point
        raise ValueError("a line needs three readings")
    middle, mean = fmean(point.at for point in points), fmean(point.value for point in points)
    spread = sum((point.at - middle) ** 2 for point in points)
    slope = sum((point.at - middle) * (point.value - mean) for point in points) / spread
    missed = sum((point.value - mean - slope * (point.at - middle)) ** 2 for point in points)
    scatter = (missed / (len(points) - 2)) ** 0.5
    return Line(mean, slope, scatter, scatter / spread**0.5)


def last(record: Sequence[Point], seconds: float) -> Sequence[Point]:
    """Return the points of the last `seconds`."""
    return [point for point in record if record[-1].at - point.at <= seconds] if record else ()


def flicker(record: Sequence[Point]) -> float:
    """Return the standard deviation of the noise of readings that move smoothly: from their third differences, kinks aside."""
    values = [point.value for point in record]
    for _ in range(3):
        values = [two - one for one, two in pairwise(values)]
    size = median(abs(value) for value in values) if values else 0.0
    return size / NORMAL / THIRD


def resolution(record: Sequence[Point]) -> float:
    """Return the smallest difference between two readings that follow each other and differ; 0 if none do."""
    steps = (abs(one.value - two.value) for one, two in pairwise(record))
    return min((step for step in steps if step > 0.0), default=0.0)
