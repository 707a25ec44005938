"""The law: model-reference PI with feed-forward of hold, slope and fan, and back-calculation from what the output really did.

`engage` begins, `aim` and `follow` change the set-point, and `advance` is called with every reading, or without one to learn what is due.
The first reading after `engage` makes the working set-point equal to the value and the integral such that the output does not jump.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law import on_off, plausible, program, settled, takeover
from actors.loops.law.memory import Command, Finding, Memory, Sample, bounded, share
from actors.loops.law.model import Model, gains, reachable
from actors.loops.law.program import Program, Progress
from actors.loops.law.step import Step, limited, regulated

LONGEST: Final = 5.0
"""Periods for which one step counts at most, however long there was no reading."""
NEAR_THE_END: Final = 0.98
"""Share of the largest duty from which the output counts as at its end."""
OFF_TARGET: Final = 5.0
"""Bands from the set-point beyond which an output at its end counts as saturated."""
PATIENCE: Final = 4.0
"""Time constants of the bench for which that has to last."""


def engage(target: float, ramp: float | None = None) -> Memory:
    """Return the memory of a loop that is to be switched to `auto`; the next reading begins it without a jump."""
    return Memory(target, ramp)


def aim(memory: Memory, target: float, ramp: float | None = None) -> Memory:
    """Return the memory with another set-point: nothing else changes, and a ramp goes on from where it is. The same one changes nothing."""
    if memory.program is None and (memory.target, memory.ramp) == (target, ramp):
        return memory
    rest = memory.rest if memory.target == target else settled.Rest()
    return replace(memory, target=target, ramp=ramp, program=None, rest=rest, stuck=None)


def follow(memory: Memory, steps: Program) -> Memory:
    """Return the memory at the beginning of a program."""
    return _in_step(memory, Progress(steps))


def advance(
    spec: LoopSpec,
    model: Model | None,
    memory: Memory,
    reading: Sample | None,
    output: float | None,
    fan: float | None,
    ambient: float | None,
    now: float,
) -> tuple[Memory, Command]:
    """Return the memory and the command after `reading` (None: there is none) at `now`, monotonic.

    `output` is what the output did until now (0..1, read back), None if nobody knows; so are `fan` (0..1) and `ambient` (units).
    A reading that is no number, too old or not newer than the last one counts as none: then the output goes on, but feels the fan.
    A `model` of None is for outputs that are off or on.
    Raises ValueError for any other output without a model.
    """
    if model is None and spec.hysteresis is None:
        raise ValueError(f"{spec.name} is not tuned")
    if reading is None or not _is_good(spec, memory, reading, now):
        memory = memory if model is None else _fan_felt(spec, model, memory, share(fan))
        return memory, _waiting(spec, model, memory, now)
    sample = Sample(bounded(reading.value), reading.at)
    around = takeover.Around(share(output), share(fan), None if ambient is None or math.isnan(ambient) else bounded(ambient))
    dt = 0.0 if memory.at is None else min(sample.at - memory.at, LONGEST * spec.period)
    memory = takeover.begun(spec, model, memory, sample, around, dt)
    recent = settled.remember(memory.recent, sample.at, sample.value, spec.period)
    average = settled.mean(recent, sample.at, spec.period)
    if memory.program is not None:
        memory = _in_step(memory, program.proceed(memory.program, average, memory.working, spec.settled, dt))
    if spec.hysteresis is not None:
        memory = on_off.switched(spec, memory, sample, around.output, dt)
    elif model is not None:
        memory = regulated(Step(spec, model, gains(spec, model, memory.fan), sample, dt), memory, around.output)
    memory = _judged(spec, memory, average, sample, recent)
    return memory, Command(memory.duty, now + spec.lost_after, _finding(spec, model, memory, average))


def _is_good(spec: LoopSpec, memory: Memory, reading: Sample, now: float) -> bool:
    new = memory.at is None or reading.at > memory.at
    return new and math.isfinite(reading.value) and now - reading.at < spec.lost_after


def _fan_felt(spec: LoopSpec, model: Model, memory: Memory, fan: float | None) -> Memory:
    """Return the memory with the power that another fan takes, at once: a second later the value would have gone."""
    if memory.at is None or fan is None or fan == memory.fan or spec.hysteresis is not None:
        return memory
    rise = spec.sign * (memory.working - memory.ambient)
    more = model.hold(rise, fan) - model.hold(rise, memory.fan)
    asked, forward = memory.asked + more, memory.feed_forward + more
    return replace(memory, fan=fan, asked=asked, feed_forward=forward, duty=limited(spec, asked))


def _waiting(spec: LoopSpec, model: Model | None, memory: Memory, now: float) -> Command:
    """Return the command while there is no reading: what it was, which is not renewed."""
    until = now + spec.lost_after if memory.at is None else memory.at + spec.lost_after
    lost = now >= until
    average = None if memory.at is None else settled.mean(memory.recent, memory.at, spec.period)
    return Command(0.0 if lost else memory.duty, until, _finding(spec, model, memory, average), fresh=False, lost=lost)


def _in_step(memory: Memory, progress: Progress) -> Memory:
    """Return the memory with the program's present step in force."""
    step = progress.now
    rest = memory.rest if memory.target == step.target else settled.Rest()
    return replace(memory, program=progress, target=step.target, ramp=step.rate or None, rest=rest)


def _judged(spec: LoopSpec, memory: Memory, average: float | None, sample: Sample, recent: settled.Readings) -> Memory:
    """Return the memory with this reading, whether it is at rest, and since when it is at an end of its output without coming nearer."""
    moving = abs(memory.working - memory.target) > spec.settled
    rest = settled.judge(memory.rest, average, memory.target, spec.settled, sample.at, moving=moving)
    missing = spec.sign * (memory.target - sample.value)
    full = memory.duty >= NEAR_THE_END * spec.most and missing > OFF_TARGET * spec.settled
    empty = memory.duty <= (1.0 - NEAR_THE_END) * spec.most and missing < -OFF_TARGET * spec.settled
    stuck = None if not (full or empty) else sample.at if memory.stuck is None else memory.stuck
    return replace(memory, at=sample.at, recent=recent, rest=rest, stuck=stuck)


def _finding(spec: LoopSpec, model: Model | None, memory: Memory, average: float | None) -> Finding:
    """Return what the law noticed."""
    over = memory.program is not None and memory.program.over and memory.program.program.then == "off"
    if model is None or memory.at is None:
        return Finding(average, memory.rest.since, finished=over)
    saturated = memory.stuck is not None and memory.at - memory.stuck >= PATIENCE * model.tau0
    objection = plausible.objection(memory.power, model, memory.at)
    known = spec.sign > 0.0 and (spec.fan is None or bool(model.fan_losses))
    sure = bool(objection) and (known or memory.power.is_frozen(model))
    end = reachable(spec, model, memory.fan, memory.ambient)
    return Finding(average, memory.rest.since, saturated, end, objection, sure, over)
