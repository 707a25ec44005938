"""The experiment of a tune, step by step: rest, a pulse of power, the decay after it, the fit; or a relay around a working point.

`begin` makes a `Tune`, `step` takes every reading and tells what the outputs do next, until its `Action` has an `outcome`.
Whoever calls it aborts by not calling it any more, and makes the output safe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law.memory import Sample, bounded, share
from actors.loops.law.takeover import Around
from actors.loops.tuning import losses
from actors.loops.tuning.fit import fit
from actors.loops.tuning.losses import Holds
from actors.loops.tuning.record import Point, Record, flicker, last, line
from actors.loops.tuning.verdict import Evidence, Verdict, judge

REST: Final = 20.0
"""Seconds of readings at rest before the pulse, or six readings."""
UNREST: Final = 1 / 1500
"""Largest slope at rest, in rises per second: 0.01 °C/s for a rise of 15 °C."""
NOT_QUIET_AFTER: Final = 900.0
"""Seconds after which a bench that does not come to rest is given up."""
RISE: Final = 0.25
"""The rise that is aimed at, as a share of the range of set-points: 15 °C of 20 to 80 °C."""
POWER: Final = 0.8
"""Share of the largest duty of a pulse."""
LOOKED_AT_AFTER, LONGEST_PULSE = 180.0, 1800.0
"""Seconds of a pulse after which the rise must be near, and after which it ends in any case: a large bench needs the time."""
LOST_AGAIN: Final = 0.5
"""Share of the rise that the decay waits for."""
LONGEST_DECAY: Final = 3.0
"""Longest decay, in times of the pulse, and a minute at least."""
SWITCHINGS: Final = (8, 16)
"""Of a relay: so many at least, and not more; later the drift of the ambient, summed up, hides what the bench loses."""
KNOWN: Final = 0.08
"""Standard deviation of the losses, as a share of them, at which a relay has seen enough."""
SWING: Final = 1 / 30
"""Half the width of a relay's band, in rises: 0.5 °C of 15 °C."""
LONGEST_RELAY: Final = 900.0
"""Seconds after which a relay that does not switch is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """A tune under way: its `phase` (`rest`, `pulse`, `decay`, `relay`, `fan`) since `since`, begun at `began` (monotonic s).

    `around`: the working point of a relay, None for a pulse. `fan`: whether the losses of the fan are measured after it.
    `base` and `noise` are mean and scatter at rest, `top` the place in the record where the pulse ended.
    `lasted` are the seconds of the pulse, `wanted` is the rise aimed at.
    """

    began: float
    since: float
    around: float | None
    fan: bool
    wanted: float
    phase: str
    record: Record = ()
    duty: float = 0.0
    base: float = 0.0
    noise: float = 0.0
    top: int = 0
    lasted: float = 0.0
    switchings: int = 0
    verdict: Verdict | None = None
    holds: Holds | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What happens next: `duty` (0..1) of the output until `valid_until` (monotonic), and `fan` (0..1) if it is to be set.

    `left`: roughly how many seconds are left. With an `outcome` the tune is over; `duty` is 0 then. An aborted one has a verdict, too.
    """

    duty: float
    valid_until: float
    left: float
    fan: float | None = None
    outcome: Verdict | None = None


def begin(spec: LoopSpec, now: float, around: float | None = None, *, fan: bool = False) -> Tune:
    """Return a tune that begins now. Raises ValueError for a loop that is off or on, for a range that is empty, for a fan it has not."""
    if spec.hysteresis is not None:
        raise ValueError(f"{spec.name} switches its output off or on: there is nothing to tune")
    if fan and spec.fan is None:
        raise ValueError(f"{spec.name} has no 'fan' in config.py")
    phase = "rest" if around is None else "relay"
    return Tune(began=now, since=now, around=around, fan=fan, wanted=RISE * (spec.max - spec.min), phase=phase)


def step(
    spec: LoopSpec, tune: Tune, reading: Sample | None, output: float | None, fan: float | None, ambient: float | None, now: float
) -> tuple[Tune, Action]:
    """Return the tune and what happens next, after `reading` (None: there is none) at `now`, monotonic.

    `output` and `fan` are what these did until now (0..1, read back), None if nobody knows; so is `ambient` (units).
    """
    latest = tune.record[-1].at if tune.record else tune.began
    if reading is None or not math.isfinite(reading.value) or (tune.record and reading.at <= latest):
        if now - latest >= spec.lost_after:
            return tune, _over(now, Verdict(None, (f"there was no good reading for {now - latest:.1f} s",)))
        return tune, Action(tune.duty, latest + spec.lost_after, _left(tune, now))
    reading = Sample(bounded(reading.value), reading.at)
    taken, fan = share(output), share(fan)
    taken = tune.duty if taken is None else taken
    tune = replace(tune, record=(*tune.record, Point(reading.at, reading.value, taken, fan)))
    if tune.phase == "fan":
        return _in_fan(spec, tune, reading, Around(taken, fan, ambient), now)
    tune = _PHASES[tune.phase](spec, tune, now)
    if tune.verdict is None:
        return tune, Action(tune.duty, now + spec.lost_after, _left(tune, now))
    model = tune.verdict.model
    if model is None or not tune.fan:
        return tune, _over(now, tune.verdict)
    tune = replace(tune, phase="fan", since=now, holds=losses.begin(spec, model, fan))
    return _in_fan(spec, tune, reading, Around(taken, fan, ambient), now)


def _over(now: float, verdict: Verdict, fan: float | None = None) -> Action:
    return Action(0.0, now, 0.0, fan, verdict)


def _into(tune: Tune, phase: str, now: float, duty: float) -> Tune:
    return replace(tune, phase=phase, since=now, duty=duty, top=len(tune.record))


def _rest(spec: LoopSpec, tune: Tune, now: float) -> Tune:
    """Wait until the bench is at rest."""
    span = max(REST, 6.0 * spec.period)
    points = last(tune.record, span)
    if tune.record[-1].at - tune.record[0].at < span or len(points) < 4:  # noqa: PLR2004 - a scatter around a line
        return tune
    seen = line(points)
    if abs(seen.slope) <= max(UNREST * tune.wanted, 3.0 * seen.doubt):
        quiet = replace(tune, record=tuple(points), base=seen.mean, noise=seen.scatter)
        return _into(quiet, "pulse", now, POWER * spec.most)
    if now - tune.since < NOT_QUIET_AFTER:
        return tune
    reason = f"the value still moves by {60.0 * seen.slope:.2g} {spec.channel.units} per minute: wait until the bench is at rest"
    return replace(tune, verdict=Verdict(None, (reason,)))


def _risen(spec: LoopSpec, tune: Tune) -> float:
    """Return how far the value has come, upwards if the loop heats."""
    return spec.sign * (tune.record[-1].value - tune.base)


def _pulse(spec: LoopSpec, tune: Tune, now: float) -> Tune:
    """Heat until the rise is reached, or the end of the range, or the time is over."""
    risen, lasted = _risen(spec, tune), now - tune.since
    end = spec.max if spec.sign > 0.0 else spec.min
    reached = risen >= tune.wanted or spec.sign * (tune.record[-1].value - end) >= 0.0
    if reached or lasted >= LONGEST_PULSE or (lasted >= LOOKED_AT_AFTER and not _will_do(spec, tune, risen, lasted)):
        return replace(_into(tune, "decay", now, 0.0), lasted=lasted)
    return tune


def _will_do(spec: LoopSpec, tune: Tune, risen: float, lasted: float) -> bool:
    """Return whether a pulse that has lasted its normal time still leads to the rise."""
    points = last(tune.record, max(60.0, 6.0 * spec.period))
    slope = spec.sign * line(points).slope
    return slope > 0.0 and (tune.wanted - risen) / slope < LONGEST_PULSE - lasted


def _decay(spec: LoopSpec, tune: Tune, now: float) -> Tune:
    """Wait until half of the rise is lost again, then fit."""
    values = [spec.sign * (point.value - tune.base) for point in tune.record[tune.top - 1 :]]
    if values[-1] > (1.0 - LOST_AGAIN) * max(values) and now - tune.since < max(60.0, LONGEST_DECAY * tune.lasted):
        return tune
    evidence = Evidence(record=tune.record, heating_until=tune.top, wanted=tune.wanted, rise=max(values), noise=tune.noise)
    return replace(tune, verdict=judge(spec, evidence))


def _relay(spec: LoopSpec, tune: Tune, now: float) -> Tune:
    """Switch around the working point, then fit."""
    around = tune.around or 0.0
    below = spec.sign * (around - tune.record[-1].value)
    band = SWING * tune.wanted
    high = POWER * spec.most
    duty = high if below > band else 0.0 if below < -band else tune.duty
    switched = duty != tune.duty and len(tune.record) > 1
    tune = replace(tune, duty=duty, switchings=tune.switchings + switched)
    if tune.switchings < SWITCHINGS[0]:
        if now - tune.since < LONGEST_RELAY:
            return tune
        reason = f"the value did not swing around {around:g} within {LONGEST_RELAY:g} s"
        return replace(tune, duty=0.0, verdict=Verdict(None, (reason,)))
    found = fit(tune.record, spec.sign) if switched else None
    if tune.switchings < SWITCHINGS[1] and (found is None or found.doubt > KNOWN):
        return tune
    values = [point.value for point in tune.record]
    evidence = Evidence(record=tune.record, heating_until=0, wanted=2.0 * band, rise=max(values) - min(values), noise=flicker(tune.record))
    return replace(tune, duty=0.0, verdict=judge(spec, evidence))


_PHASES: Final = {"rest": _rest, "pulse": _pulse, "decay": _decay, "relay": _relay}


def _in_fan(spec: LoopSpec, tune: Tune, reading: Sample, around: Around, now: float) -> tuple[Tune, Action]:
    """Go on with the holds at several speeds of the fan."""
    if tune.holds is None or tune.verdict is None:
        raise ValueError("the fan is measured after the pulse")
    holds = losses.step(spec, tune.holds, reading, around, now)
    warnings = (*tune.verdict.warnings, *holds.warnings)
    tune = replace(tune, holds=holds, duty=holds.duty)
    if holds.model is None:
        return tune, Action(holds.duty, now + spec.lost_after, holds.left(now), holds.fan)
    return tune, _over(now, Verdict(holds.model, warnings=warnings), holds.before)


def _left(tune: Tune, now: float) -> float:
    """Return roughly how many seconds a tune still takes."""
    lasted = now - tune.since
    fan = losses.EACH * len(losses.SPEEDS) if tune.fan else 0.0
    usual = {"rest": (REST, 85.0), "pulse": (50.0, 35.0), "decay": (35.0, 0.0), "relay": (100.0, 0.0), "fan": (0.0, 0.0)}
    this, after = usual[tune.phase]
    return max(this - lasted, 0.0) + after + fan
