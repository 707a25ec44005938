"""Which interlocks a tune would meet, looked at before it begins: what it would trip for certain, and what it may. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from actors.bench.interlocks import Interlock
from actors.bench.loops import LoopSpec
from actors.interlocks.kinds.idle import Idle
from actors.interlocks.kinds.limit import Limit
from actors.interlocks.kinds.max_on import MaxOn
from actors.interlocks.kinds.progress import Progress
from actors.interlocks.kinds.requirement import Requirement
from actors.loops.law.model import Model
from actors.loops.tuning import losses, tune
from pilotage.words import number

PULSE: Final = tune.LOOKED_AT_AFTER
"""Seconds that a pulse normally takes at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A tune that somebody asks for: from `value` (units) on, `around` a working point or None for a pulse, with its `fan` or without.

    `model` are the constants that are known already.
    """

    spec: LoopSpec
    value: float
    around: float | None
    fan: bool
    model: Model | None

    @property
    def end(self) -> float:
        """How far the value is taken, in units."""
        if self.around is not None:
            return self.around
        risen = self.value + self.spec.sign * tune.RISE * (self.spec.max - self.spec.min)
        return min(risen, self.spec.max) if self.spec.sign > 0.0 else max(risen, self.spec.min)

    @property
    def longest_on(self) -> float:
        """For how many seconds the output is on without a break, as a rule at most."""
        return max(PULSE, losses.EACH * len(losses.SPEEDS) if self.fan else 0.0)


def forbidden(wish: Wish, locks: Iterable[Interlock]) -> str:
    """Return which interlock would certainly break the tune off, in a sentence; empty if none would."""
    spec = wish.spec
    for lock in locks:
        if wish.fan and isinstance(lock, Requirement) and spec.fan is not None and lock.needs == spec.fan:
            return (
                f"{lock.name} lets {spec.output} be on only while {spec.fan} is above {number(lock.above)} %, "
                "and the losses are measured with it stopped, too: tune without the fan"
            )
    return ""


def possible(wish: Wish, locks: Iterable[Interlock]) -> tuple[str, ...]:
    """Return which interlocks may break the tune off, a sentence each."""
    return tuple(text for lock in locks for text in _about(wish, lock))


def _about(wish: Wish, lock: Interlock) -> Iterator[str]:
    spec, units = wish.spec, wish.spec.channel.units
    match lock:
        case MaxOn() if lock.seconds < wish.longest_on:
            yield f"{lock.name} trips after {number(lock.seconds)} s on, and this may take {number(wish.longest_on)} s of power"
        case Idle() if lock.seconds < wish.longest_on:
            yield f"{lock.name} trips after {number(lock.seconds)} s in which nobody asks anything: go on asking, as `pilotage tune` does"
        case Limit() if lock.channel != spec.channel and lock.channel.units == units and _reaches(wish, lock):
            side, end = ("above", lock.above) if lock.above is not None else ("below", lock.below)
            yield f"{lock.name} trips {side} {number(end or 0.0)} {units} of {lock.channel}, and this goes to {number(round(wish.end))}"
        case Progress() if wish.model is not None and _rises(wish, wish.model, lock.seconds) < lock.rise:
            yield f"{lock.name} wants {number(lock.rise)} {units} within {number(lock.seconds)} s, and this bench may be slower than that"


def _reaches(wish: Wish, limit: Limit) -> bool:
    return wish.end > limit.above if limit.above is not None else wish.end < (limit.below or 0.0)


def _rises(wish: Wish, model: Model, seconds: float) -> float:
    """Return how far the value comes in so many seconds of a pulse, with what it loses on the way not counted."""
    return model.k * tune.POWER * wish.spec.most * max(0.0, seconds - model.dead_time)
