"""Whether the power fits the readings: what a wrong, frozen or detached sensor cannot hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from actors.loops.law.model import Model
from actors.loops.law.reference import Trail, delayed, extended

SMOOTHED: Final = 10.0
"""Seconds over which power and reading are smoothed alike, or the dead time if that is longer."""
TOO_MUCH: Final = 0.2
"""Share of full power that may be missing from the balance: a model 30 % wrong misses less while it holds."""
FOR: Final = 30.0
"""Seconds that it has to be missing, or three dead times."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading: `value` and its `rise` above ambient (mirrored for a loop that cools), the `duty` until now, the fan, and when.

    `apart`: seconds after which another reading is another measurement; a client may have the same one read again and again.
    """

    value: float
    rise: float
    duty: float
    fan: float
    at: float
    apart: float


@dataclass(frozen=True, slots=True)
class Power:
    """Smoothed duty and value, the missing power, since when too much is missing; equal readings in a row, the last one and when it was.

    `trail` has the duties of the last dead time.
    """

    duty: float = 0.0
    value: float = 0.0
    missing: float = 0.0
    since: float | None = None
    equal: int = 0
    last: float | None = None
    counted: float = 0.0
    trail: Trail = ()

    def is_frozen(self, model: Model) -> bool:
        """Whether so many readings are equal that the sensor does not measure any more."""
        return 0 < model.frozen_after <= self.equal


def balanced(power: Power, model: Model, seen: Seen, dt: float) -> Power:
    """Return the balance after `dt` more seconds: power in, less what the reading says is stored and lost."""
    if power.last is None:
        return Power(seen.duty, seen.value, equal=1, last=seen.value, counted=seen.at, trail=((seen.at, seen.duty),))
    over = max(SMOOTHED, model.dead_time)
    share = dt / (over + dt)
    trail = extended(power.trail, seen.at, seen.duty, model.dead_time)
    ahead = (1.0 - share) * (seen.value - power.value)
    used = power.duty + share * (delayed(trail, seen.at, model.dead_time) - power.duty)
    missing = used - ahead / over / model.k - model.hold(seen.rise - ahead, seen.fan)
    since = None if missing <= TOO_MUCH else seen.at if power.since is None else power.since
    if power.last != seen.value:
        equal, counted = 1, seen.at
    elif seen.at - power.counted >= seen.apart:
        equal, counted = power.equal + 1, seen.at
    else:
        equal, counted = power.equal, power.counted
    return Power(used, seen.value - ahead, missing, since, equal, seen.value, counted, trail)


def objection(power: Power, model: Model, at: float) -> str:
    """Return why the readings cannot be true, or an empty text."""
    if power.is_frozen(model):
        return f"the last {power.equal} readings are equal to the last digit: this sensor is frozen"
    if power.since is not None and at - power.since >= max(FOR, 3.0 * model.dead_time):
        return (
            f"for {at - power.since:.0f} s, {100 * power.missing:.0f} % of full power more went in than the readings tell: "
            "the sensor is loose or wrong, or something has changed on the bench"
        )
    return ""
