"""When to start a child again: a pure function of its record, what happened, and the time. No clock, no thread, no actor.

Erlang/OTP's words: a child spec has an id, a start, a restart type and a shutdown time; `one_for_one`; intensity and period.
Unlike OTP, a child over its intensity does not take the supervisor with it: it is `failed`, and probed slowly for ever,
because sensors get plugged back in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from actors.errors import OUTGROWN, Fault
from actors.hardware.i2c.breaker import BUS_CODES
from actors.hardware.i2c.contact import BAD_CONTACT

ABSENT_CODES: Final = frozenset({"no_ack"})
"""A chip that does not acknowledge is absent, which is normal: it is probed, and never counts as a restart storm."""


UNCOUNTED_CODES: Final = ABSENT_CODES | BUS_CODES | {BAD_CONTACT, OUTGROWN}
"""What is no fault of the child's own does not count towards its intensity: a bus that is down takes all its children along."""
SOON: Final = 1.0
"""Longest back-off, in seconds, of a chip that answers sometimes: it may answer the next time."""


class Happening(Enum):
    """What can happen to a child. `BLAMED`: what it is lost to turns out to be something else; `CULPRIT`: and it holds up all others."""

    SERVED = "served"
    DEGRADED = "degraded"
    WELL = "well"
    LOST = "lost"
    HUNG = "hung"
    RETURNED = "returned"
    RETRY = "retry"
    BLAMED = "blamed"
    CULPRIT = "culprit"


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers, in seconds: `first` back-off, its `factor` and `cap`, the share of `jitter`.

    `stable` seconds of service after which the back-off starts anew; more than `intensity` losses in `period` = failed, then a
    probe every `slow` seconds, at least.
    """

    first: float = 0.1
    factor: float = 2.0
    cap: float = 10.0
    jitter: float = 0.1
    stable: float = 10.0
    intensity: int = 5
    period: float = 30.0
    slow: float = 30.0

    def back_off(self, streak: int) -> float:
        """Return the back-off after `streak` losses in a row, without jitter."""
        return min(self.first * self.factor ** min(streak - 1, 64), self.cap)


@dataclass(frozen=True, slots=True)
class Life:
    """The record of one child. Times are monotonic seconds; `due` = when it is to be started next.

    `failing` = it was over its intensity and has not served for a stable time since.
    `fault` is what is wrong now, `last_fault` what was wrong last, at `faulted_at`.
    """

    state: str = "starting"
    generation: int = 0
    restarts: int = 0
    streak: int = 0
    losses: tuple[float, ...] = ()
    failing: bool = False
    due: float | None = 0.0
    delay: float = 0.0
    serving_since: float | None = None
    alive: bool = False
    blocked: bool = False
    since: float = 0.0
    fault: Fault | None = None
    last_fault: Fault | None = None
    faulted_at: float | None = None


def step(life: Life, event: Happening, now: float, policy: Policy, *, fault: Fault | None = None, jitter: float = 0.0) -> Life:
    """Return the record after `event`. `jitter` is -1..1 and only counts for a loss. Late words from a life that is over change nothing."""
    match event:
        case Happening.RETURNED:
            return replace(life, blocked=False)
        case Happening.RETRY:
            return _retried(life, now)
        case Happening.BLAMED | Happening.CULPRIT:
            return life if life.alive or fault is None else _blamed(life, event, now, policy, fault)
        case _ if life.alive:
            return _heard(life, event, now, policy, fault, jitter)
        case _:
            return life


def is_due(life: Life, now: float) -> bool:
    """Return whether the child is to be started now; never while a thread of it is still inside the hardware."""
    return not life.alive and not life.blocked and life.due is not None and now >= life.due


def started(life: Life) -> Life:
    """Return the record of a child that is being started: a new generation. What it was before is shown until it serves."""
    restarts = life.restarts + (life.generation > 0)
    return replace(life, alive=True, generation=life.generation + 1, due=None, serving_since=None, restarts=restarts)


def _retried(life: Life, now: float) -> Life:
    cleared = replace(life, streak=0, losses=(), failing=False, due=None if life.alive else now)
    return _to(cleared, "backoff", now) if life.state == "failed" else cleared


def _blamed(life: Life, event: Happening, now: float, policy: Policy, fault: Fault) -> Life:
    """Return the record with another fault; a culprit is tried again after the longest back-off only."""
    if event is Happening.BLAMED:
        return replace(life, fault=fault)
    return replace(life, fault=fault, last_fault=fault, due=now + policy.cap)


def _heard(life: Life, event: Happening, now: float, policy: Policy, fault: Fault | None, jitter: float) -> Life:
    match event:
        case Happening.SERVED:
            return _to(replace(life, serving_since=now, fault=None, due=None), "running", now)
        case Happening.DEGRADED:
            return _to(replace(life, fault=fault, last_fault=fault, faulted_at=now), "degraded", now)
        case Happening.WELL:
            return _to(replace(life, fault=None), "running", now)
        case _:
            lost = replace(life, alive=False, blocked=event is Happening.HUNG, fault=fault, last_fault=fault, faulted_at=now)
            return _lost(lost, now, policy, jitter)


def _lost(life: Life, now: float, policy: Policy, jitter: float) -> Life:
    stable = life.serving_since is not None and now - life.serving_since >= policy.stable
    streak = 1 if stable else life.streak + 1
    absent = life.fault is not None and life.fault.code in ABSENT_CODES
    uncounted = life.fault is not None and life.fault.code in UNCOUNTED_CODES
    losses = life.losses if uncounted else (*(when for when in life.losses if now - when < policy.period), now)[-policy.intensity - 1 :]
    failing = not uncounted and (len(losses) > policy.intensity or (life.failing and not stable))
    state = "absent" if absent else "failed" if failing else "backoff"
    base = policy.slow if failing else policy.back_off(streak)
    if life.fault is not None and life.fault.code == BAD_CONTACT:
        base = min(base, SOON)
    if life.fault is not None and life.fault.code == OUTGROWN:
        base = 0.0
    delay = base * (1 + policy.jitter * max(-1.0, min(1.0, jitter)))
    if failing:
        delay = min(delay, policy.slow)
    return _to(replace(life, streak=streak, losses=losses, failing=failing, due=now + delay, delay=delay, serving_since=None), state, now)


def _to(life: Life, state: str, now: float) -> Life:
    return life if life.state == state else replace(life, state=state, since=now)
