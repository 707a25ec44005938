"""The fit of a whole record to a bench's model, in pure Python.

The model's equation, integrated once from the beginning, is linear in its constants for every dead time theta:

    y(t) - y(0) = c - a Int (y - y(0)) dt + k Int u(t - theta) dt + g t        a = 1/tau0,  g = a (ambient - y(0))

so that each theta is one small least-squares problem, and the best theta the one with the least squares.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean
from typing import Final

from actors.loops.tuning.record import MOST, Point

LONGEST: Final = (1 / 4, 30.0, 1 / 8)
"""Longest dead time that is looked for: a quarter of a record, but not more than 30 s or, of a long one, an eighth."""
COARSE: Final = 40
"""Dead times tried at first; between the best one's neighbours it is looked again."""
FINE: Final = 8
"""Dead times tried between two of the first ones."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found: `k` (units/s), `gain` (units), `dead_time` (s), `ambient` (units) and `residual` (rms, units).

    `doubt` is the standard deviation of `a` as a share of it: how well the losses, and with them the gain, are known.
    """

    k: float
    gain: float
    dead_time: float
    ambient: float
    residual: float
    doubt: float


def fit(record: Sequence[Point], sign: float = 1.0) -> Fit | None:
    """Return the constants that fit best; None if no bench behaves like that. `sign` is -1 where more power lowers the value."""
    if len(record) < _UNKNOWNS + 4 or all(point.duty == record[0].duty for point in record):
        return None
    problem = _Problem(record, sign)
    length = record[-1].at - record[0].at
    coarse = min(LONGEST[0] * length, max(LONGEST[1], LONGEST[2] * length)) / COARSE
    best = min((problem.solve(number * coarse) for number in range(COARSE + 1)), key=_squares)
    around = [best.theta + coarse * number / FINE for number in range(-FINE + 1, FINE)]
    best = min((best, *(problem.solve(theta) for theta in around if theta >= 0.0)), key=_squares)
    return problem.found(best, sign * record[0].value, sign)


_UNKNOWNS: Final = 4


@dataclass(frozen=True, slots=True)
class _Solution:
    theta: float
    squares: float
    values: tuple[float, ...] = ()
    variance: float = 0.0


def _squares(solution: _Solution) -> float:
    return solution.squares


class _Problem:
    """What is the same for every dead time: integrals of the value, and that of the duty as a function of time.

    The equation holds at every reading, so it holds for the average of several of them: a long record has no more rows than a short one.
    """

    def __init__(self, record: Sequence[Point], sign: float) -> None:
        self._times = [point.at - record[0].at for point in record]
        values = [sign * (point.value - record[0].value) for point in record]
        steps = [0.5 * (a + b) * (t - s) for (s, a), (t, b) in pairwise(zip(self._times, values, strict=True))]
        self._group = math.ceil(len(record) / MOST)
        self._z = self._averaged(values)
        areas = self._averaged(accumulate(steps, initial=0.0))
        self._fixed = [(-area, at) for area, at in zip(areas, self._averaged(self._times), strict=True)]
        self._power = _integral(self._times, [point.duty for point in record])

    def _averaged(self, values: Iterable[float]) -> list[float]:
        some, size = list(values), self._group
        return [fmean(some[start : start + size]) for start in range(0, len(some) - size + 1, size)]

    def solve(self, theta: float) -> _Solution:
        """Return the least squares for one dead time."""
        begin = self._power(-theta)
        power = self._averaged(self._power(at - theta) - begin for at in self._times)
        rows = [(1.0, area, used, at) for (area, at), used in zip(self._fixed, power, strict=True)]
        normal = [[sum(row[i] * row[j] for row in rows) for j in range(_UNKNOWNS)] for i in range(_UNKNOWNS)]
        right = [sum(row[i] * z for row, z in zip(rows, self._z, strict=True)) for i in range(_UNKNOWNS)]
        solved = _solved(normal, right)
        if solved is None:
            return _Solution(theta, math.inf)
        values, variance = solved
        squares = sum((z - sum(map(float.__mul__, row, values))) ** 2 for row, z in zip(rows, self._z, strict=True))
        return _Solution(theta, squares, values, variance)

    def found(self, solution: _Solution, start: float, sign: float) -> Fit | None:
        """Return what a solution says of a bench whose first value is `start`, None if it is none."""
        if not solution.values:
            return None
        _, loss, k, drift = solution.values
        if loss <= 0.0 or k <= 0.0:
            return None
        residual = math.sqrt(solution.squares / len(self._z))
        doubt = residual * math.sqrt(max(solution.variance, 0.0)) / loss
        return Fit(k, k / loss, solution.theta, sign * (start + drift / loss), residual * math.sqrt(self._group), doubt)


def _integral(times: Sequence[float], duties: Sequence[float]) -> Callable[[float], float]:
    """Return the integral of the duty up to a time, 0 at the first; before and after, the duty was what it is at the ends."""
    sums = list(accumulate((duty * (t - s) for (s, t), duty in zip(pairwise(times), duties[1:], strict=True)), initial=0.0))

    def until(at: float) -> float:
        if at <= times[0]:
            return (at - times[0]) * duties[0]
        place = min(bisect_right(times, at), len(times) - 1)
        return sums[place - 1] + (at - times[place - 1]) * duties[place]

    return until


def _solved(matrix: list[list[float]], right: list[float]) -> tuple[tuple[float, ...], float] | None:
    """Return the solution of the scaled normal equations, and the variance of its second unknown for a residual of 1; None if singular."""
    size = [math.sqrt(matrix[i][i]) for i in range(_UNKNOWNS)]
    if min(size) <= 0.0:
        return None
    rows = [[*(matrix[i][j] / size[i] / size[j] for j in range(_UNKNOWNS)), right[i] / size[i], float(i == 1)] for i in range(_UNKNOWNS)]
    for column in range(_UNKNOWNS):
        pivot = max(range(column, _UNKNOWNS), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        if abs(rows[column][column]) < 1e-12:  # noqa: PLR2004 - of a matrix whose diagonal is 1
            return None
        for other in range(_UNKNOWNS):
            if other != column:
                share = rows[other][column] / rows[column][column]
                rows[other] = [a - share * b for a, b in zip(rows[other], rows[column], strict=True)]
    solution = tuple(rows[i][_UNKNOWNS] / rows[i][i] / size[i] for i in range(_UNKNOWNS))
    return solution, rows[1][_UNKNOWNS + 1] / rows[1][1] / size[1] ** 2
