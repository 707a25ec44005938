"""The constants of a bench, and what follows from them: losses, what is reachable, gains.

    dy/dt = k u - (y - ambient) phi(fan) / tau0        u = duty 0..1        gain = k tau0

`k` does not depend on the fan, so neither does the proportional gain; the power of a hold does, through `phi`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

from actors.bench.loops import LoopSpec

CLOSED_LOOP: Final = {"firm": 1.0, "normal": 1.5, "soft": 3.0}
"""Time constant of the closed loop as a multiple of the dead time: 1.5 leaves a sensitivity (Ms) of 1.5, 3 one of 1.3, 1 one of 1.7."""
SHORTEST: Final = 4.0
"""Least time constant of the closed loop: in seconds, and in readings."""
SHORTEST_SHARE: Final = 1 / 15
"""The same as a share of the bench's own time constant, where that is shorter: a small bench may be held as tightly as a large one."""
NOISE: Final = 0.035
"""Standard deviation of the duty that the noise of readings may cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The constants of one bench: `k` in units/s at full power, `gain` in units at full power, `dead_time` in s, `ambient` in units.

    `fan_losses` are phi at equal distances from 0 to 100 % of the fan; empty: unknown, taken as 1.
    `noise` (sd of one reading) and `residual` (rms of the fit) are in units, `tuned_at` is Unix time, None for constants of `config.py`.
    An `ambient` of None is guessed from the first reading. `frozen_after`: so many equal readings in a row mean a frozen sensor; 0: any.
    Raises ValueError for what no bench has.
    """

    k: float
    gain: float
    dead_time: float = 0.0
    ambient: float | None = None
    fan_losses: tuple[float, ...] = ()
    noise: float = 0.0
    residual: float = 0.0
    frozen_after: int = 0
    tuned_at: float | None = None

    def __post_init__(self) -> None:
        numbers = [value for each in fields(self) if isinstance(value := getattr(self, each.name), float | int)]
        if not all(math.isfinite(each) for each in (*numbers, *self.fan_losses)):
            raise ValueError("a constant of a loop is not a number")
        if self.k <= 0.0 or self.gain <= 0.0 or min(self.dead_time, self.noise, self.residual, self.frozen_after) < 0.0:
            raise ValueError("k and gain of a loop are greater than 0, its dead time, noise and residual not less")
        if self.fan_losses and (len(self.fan_losses) < 2 or min(self.fan_losses) <= 0.0):  # noqa: PLR2004 - a line has two ends
            raise ValueError("the losses of a fan are two or more numbers greater than 0")

    @property
    def tau0(self) -> float:
        """Time constant without a fan, in s."""
        return self.gain / self.k

    def phi(self, fan: float) -> float:
        """Return the losses at `fan` (0..1) as a multiple of those at 0; 1 if they are not known."""
        if not self.fan_losses:
            return 1.0
        place = min(max(fan, 0.0), 1.0) * (len(self.fan_losses) - 1)
        left = min(int(place), len(self.fan_losses) - 2)
        low, high = self.fan_losses[left : left + 2]
        return low + (high - low) * (place - left)

    def hold(self, rise: float, fan: float) -> float:
        """Return the duty that holds `rise` above ambient; not limited."""
        return rise * self.phi(fan) / self.gain


@dataclass(frozen=True, slots=True)
class Gains:
    """`kc` in duty per unit; in s: `ti`, the dead time `theta` with half the sampling, the closed loop's time constant `tc`."""

    kc: float
    ti: float
    theta: float
    tc: float


def gains(spec: LoopSpec, model: Model, fan: float) -> Gains:
    """Return the gains by Skogestad's rule for an integrating bench (SIMC): Kc = 1 / (k (tc + theta)), Ti = min(tau, 4 (tc + theta)).

    A reading is on average half a period old when it is used, and its output half a period later than now; with what the daemon needs
    that is 0.75 periods and a quarter of a second. A noisy sensor makes it slower.
    """
    theta = max(model.dead_time + 0.75 * spec.period + 0.25, min(1.0, SHORTEST_SHARE * model.tau0))
    least = min(SHORTEST, SHORTEST_SHARE * model.tau0)
    tc = max(CLOSED_LOOP[spec.aggressiveness] * theta, least, SHORTEST * spec.period, model.noise / (NOISE * model.k) - theta)
    return Gains(1.0 / (model.k * (tc + theta)), min(model.tau0 / model.phi(fan), 4.0 * (tc + theta)), theta, tc)


def reachable(spec: LoopSpec, model: Model, fan: float, ambient: float | None = None) -> float | None:
    """Return where `max_duty` leads in the end with this fan (0..1), in units; None if no ambient is known."""
    around = model.ambient if ambient is None else ambient
    return None if around is None else around + spec.sign * model.gain * spec.most / model.phi(fan)
