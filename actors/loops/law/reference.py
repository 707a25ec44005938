"""The working set-point: it moves no faster than the output can make the value follow, and is compared with a value as old as it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from actors.loops.law.model import Gains
from actors.loops.law.program import Progress

SPARE: Final = 0.98
"""Share of the output that the working set-point may ask for; the rest is for correcting."""
LEAST: Final = 0.15
"""Share of full power by which it may always move: with a wrong model it would else stop short of the target for ever."""
AHEAD: Final = 2.0
"""How far it may run ahead of a value that does not follow: what full power does in so many times the closed loop's time."""
POINTS: Final = 48
"""Points of its past that are kept, spread over the dead time."""

Trail = tuple[tuple[float, float], ...]


def speeds(k: float, hold: float, most: float, ramp: float | None) -> tuple[float, float]:
    """Return how fast it may rise and fall, in units/s: `hold` is the duty that the present one takes, `ramp` in units per minute."""
    up = max(LEAST * most, SPARE * most - hold) * k
    down = max(LEAST * most, SPARE * hold) * k
    if ramp is None:
        return up, down
    return min(up, ramp / 60.0), min(down, ramp / 60.0)


def moved(working: float, target: float, dt: float, within: tuple[float, float], smooth: float) -> float:
    """Return the working set-point after `dt` seconds, with at most the speeds `within`; it nears the target within `smooth` seconds."""
    up, down = within
    return working + min(max((target - working) / (smooth + dt), -down), up) * dt


def ramp(loops: float | None, wanted: float | None) -> float | None:
    """Return the ramp in force: the slower one of the loop's and the set-point's; None: neither has one."""
    given = [each for each in (loops, wanted) if each]
    return min(given) if given else None


def waits(progress: Progress | None, behind: float) -> bool:
    """Return whether a program waits for the value, which is `behind` where it should be by now."""
    back = None if progress is None else progress.program.hold_back
    return back is not None and abs(behind) > back


def within_sight(moved: float, before: float, value: float, k: float, gains: Gains, end: int) -> float:
    """Return the working set-point held back while the output is at its upper (1) or lower (-1) `end` and the value stays behind."""
    reach = AHEAD * k * (gains.theta + gains.tc)
    if end > 0 and moved > before:
        return min(moved, max(before, value + reach))
    if end < 0 and moved < before:
        return max(moved, min(before, value - reach))
    return moved


def extended(trail: Trail, at: float, working: float, theta: float) -> Trail:
    """Return its past with one more point, without what is older than `theta` but for one point."""
    if len(trail) > 1 and at - trail[-2][0] < theta / POINTS:
        trail = trail[:-1]
    first = 0
    while first + 1 < len(trail) and trail[first + 1][0] <= at - theta:
        first += 1
    return (*trail[first:][1 - 2 * POINTS :], (at, working))


def delayed(trail: Trail, at: float, theta: float) -> float:
    """Return where it was `theta` seconds before `at`: where the value can be by now."""
    when = at - theta
    if when <= trail[0][0]:
        return trail[0][1]
    for (begin, low), (end, high) in pairwise(trail):
        if when <= end:
            return low + (high - low) * (when - begin) / (end - begin)
    return trail[-1][1]
