"""Programs: targets one after the other, each with its ramp and a soak that counts only while the value is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

BAND: Final = 3.0
"""How near the mean of 10 s has to be for a soak to count, in `settled` bands."""


@dataclass(frozen=True, slots=True)
class Step:
    """Go to `target` with `rate` units per minute (0: as fast as the bench can), and stay there for `soak` seconds."""

    target: float
    rate: float = 0.0
    soak: float = 0.0


@dataclass(frozen=True, slots=True)
class Program:
    """Steps (one at least), and what comes after: `hold` the last target, or `off`.

    While the value is further than `hold_back` from where it should be by now, the working set-point waits for it; None: it does not.
    """

    steps: tuple[Step, ...]
    then: str = "hold"
    hold_back: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a program is: the number of its step, and the seconds of soak that are over."""

    program: Program
    step: int = 0
    soaked: float = 0.0
    over: bool = False

    @property
    def now(self) -> Step:
        """The step it is in."""
        return self.program.steps[self.step]

    @property
    def left(self) -> float:
        """Seconds of soak that are left in this step."""
        return max(self.now.soak - self.soaked, 0.0)


def proceed(progress: Progress, average: float | None, working: float, band: float, dt: float) -> Progress:
    """Return where the program is after `dt` more seconds, with the mean of 10 s and the working set-point as they are."""
    step = progress.now
    if progress.over or average is None or abs(working - step.target) > band or abs(average - step.target) > BAND * band:
        return progress
    soaked = progress.soaked + dt
    if soaked < step.soak:
        return replace(progress, soaked=soaked)
    if progress.step + 1 < len(progress.program.steps):
        return Progress(progress.program, progress.step + 1)
    return replace(progress, soaked=step.soak, over=True)
