"""Slow PWM as arithmetic: when the level changes next, so that the mean duty cycle is exact whatever the delays were."""

from __future__ import annotations

import math
from typing import Final

CARRY: Final = 0.1
"""Seconds of on-time, or of off-time, that are made up for after a delay; what a longer standstill lost stays lost."""
SHORTEST: Final = 50e-6
"""Seconds: a shorter pulse is saved up until it is this long. A wait ends about that much late (timer slack, `man 2 prctl`)."""
WINDOW: Final = 10.0
"""Seconds over which the duty cycle that came out is compared with the one that was asked for."""


class Pulse:
    """One line's PWM: `step` is called at `due` or later and tells the level from then on; `driven` is told when the line had it.

    `frequency` in Hz, `duty` above 0 up to 1, times in monotonic seconds. The periods lie on a fixed grid, and the on-time owed, or
    had too much, is carried into the next period: delays shift edges but not the mean. `deviation` is the duty cycle that came out
    of the last window minus the one that was asked for.
    """

    __slots__ = ("_end", "_had", "_lost", "_owed", "_since", "_window", "deviation", "due", "duty", "frequency", "level")

    def __init__(self, frequency: float, duty: float, now: float) -> None:
        self.frequency = frequency
        self.duty = duty
        self.level = 0
        self._had = 0
        self.deviation = 0.0
        self.due = now
        self._end = now
        self._since = now
        self._owed = 0.0
        self._lost = 0.0
        self._window = now

    def change(self, frequency: float, duty: float, now: float) -> None:
        """Begin a new period if the settings are others; what is owed stays owed, so that changing often shifts no mean."""
        if (frequency, duty) == (self.frequency, self.duty):
            return
        self._account(now)
        self.frequency, self.duty = frequency, duty
        self._end = self.due = now

    def step(self, now: float) -> int:
        """Return the level from `now` on, and set `due`."""
        self._account(now)
        if now >= self._end:
            self._plan(now)
        elif self.level and now >= self.due:
            self.level, self.due = 0, self._end
        return self.level

    def driven(self, now: float) -> None:
        """Note that the line has its new level since `now`: waking up takes longer before a rise than before the fall that follows."""
        if self.level and self.due < self._end:
            self.due += now - self._since
        self._account(now)
        self._had = self.level

    def _account(self, now: float) -> None:
        self._owed += (self.duty - self._had) * (now - self._since)
        self._since = now

    def _plan(self, now: float) -> None:
        """Begin the period that `now` lies in."""
        period = 1.0 / self.frequency
        self._end += period * (math.floor((now - self._end) / period) + 1)
        limit = max(CARRY, period)
        kept = min(max(self._owed, -limit), limit)
        self._lost += self._owed - kept
        self._owed = kept
        self._look(now)
        rest = self._end - now
        on = self.duty * rest + self._owed
        if on < SHORTEST:
            self.level, self.due = 0, self._end
        elif rest - on >= SHORTEST:
            self.level, self.due = 1, now + on
        elif self.duty < 1.0:
            self.level, self.due = 1, self._end
        else:
            self.level, self.due, self.deviation = 1, math.inf, 0.0

    def _look(self, now: float) -> None:
        """At the end of a window: the on-time that was lost in it, as a share of it. What is merely owed comes yet."""
        if now - self._window >= WINDOW:
            self.deviation = -self._lost / (now - self._window)
            self._lost, self._window = 0.0, now
