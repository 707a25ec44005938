"""One step of the law: what happened, where to go, what to do. Mirrored for a loop that cools, so that more power is always upwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law import plausible, reference
from actors.loops.law.memory import Memory, Sample
from actors.loops.law.model import Gains, Model

RESOLUTION: Final = 0.001
"""Step of a duty: finer than any effect of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is the same throughout one step of `dt` seconds (0: the first one)."""

    spec: LoopSpec
    model: Model
    gains: Gains
    sample: Sample
    dt: float


def feed_forward(spec: LoopSpec, model: Model, memory: Memory) -> float:
    """Return the duty that holds the working set-point and moves it."""
    return _forward(spec, model, memory, memory.working, memory.slope)


def regulated(step: Step, memory: Memory, output: float | None) -> Memory:
    """Return the memory with the next duty; `output` is what the output did until now, None if nobody knows."""
    spec, model, now, sign = step.spec, step.model, step.gains, step.spec.sign
    value, at = step.sample.value, step.sample.at
    taken = memory.duty if output is None else output
    seen = plausible.Seen(sign * value, sign * (value - memory.ambient), taken, memory.fan, at, spec.period / 2.0)
    behind = reference.delayed(memory.trail, at, now.theta) - value
    error = sign * behind
    integral = memory.integral + min(step.dt / now.ti, 1.0) * (now.kc * error + taken - memory.asked)
    working, slope = memory.working, 0.0
    if not reference.waits(memory.program, behind):
        working, slope = _moved(step, memory, integral, taken)
    forward = _forward(spec, model, memory, working, slope)
    bound = spec.most + abs(forward)
    integral = min(max(integral, -bound), bound)
    asked = now.kc * error + integral + forward
    return replace(
        memory,
        working=working,
        slope=slope,
        error=error,
        integral=integral,
        feed_forward=forward,
        asked=asked,
        duty=limited(spec, asked),
        trail=reference.extended(memory.trail, at, working, now.theta),
        power=plausible.balanced(memory.power, model, seen, step.dt),
    )


def limited(spec: LoopSpec, asked: float) -> float:
    """Return what may be asked of the output."""
    return min(max(round(asked / RESOLUTION) * RESOLUTION, 0.0), spec.most)


def _forward(spec: LoopSpec, model: Model, memory: Memory, working: float, slope: float) -> float:
    return model.hold(spec.sign * (working - memory.ambient), memory.fan) + spec.sign * slope / model.k


def _moved(step: Step, memory: Memory, integral: float, taken: float) -> tuple[float, float]:
    """Return the working set-point and its slope, as far as the output can make the value follow."""
    spec, model, now, sign = step.spec, step.model, step.gains, step.spec.sign
    working, target, value = (sign * each for each in (memory.working, memory.target, step.sample.value))
    hold = integral + model.hold(working - sign * memory.ambient, memory.fan)
    ramp = reference.ramp(spec.ramp, memory.ramp)
    dt = step.dt or spec.period
    moved = reference.moved(working, target, dt, reference.speeds(model.k, hold, spec.most, ramp), 0.0 if ramp else now.tc)
    end = 1 if memory.asked > taken + RESOLUTION else -1 if memory.asked < taken - RESOLUTION else 0
    moved = reference.within_sight(moved, working, value, model.k, now, end)
    return sign * moved, sign * (moved - working) / dt
