"""How the law takes over an output or other constants: the working set-point begins at the value, the output does not jump."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law.memory import Memory, Sample
from actors.loops.law.model import Model, gains
from actors.loops.law.step import feed_forward

AMBIENT_OVER: Final = 20.0
"""Seconds over which a sensor of the ambient is smoothed."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the output and the fan do (0..1) and how warm it is around (units); None: nobody knows."""

    output: float | None
    fan: float | None
    ambient: float | None


def begun(spec: LoopSpec, model: Model | None, memory: Memory, sample: Sample, around: Around, dt: float) -> Memory:
    """Return the memory with its surroundings as they are now, ready for the step of `dt` seconds that follows."""
    fan = memory.fan if around.fan is None else around.fan
    if memory.at is None:
        duty = around.output or 0.0
        ambient = _known(spec, model, sample.value, duty, fan) if around.ambient is None else around.ambient
        start = replace(memory, working=sample.value, asked=duty, duty=duty, fan=fan, ambient=ambient, basis=(spec, model))
        carried = _bumpless(spec, model, start) if duty > 0.0 else 0.0  # an output that is off has nothing to carry on
        return replace(start, trail=((sample.at, sample.value),), integral=carried)
    if memory.basis != (spec, model):
        told = None if spec.ambient is not None or model is None else model.ambient
        memory = replace(memory, basis=(spec, model), ambient=memory.ambient if told is None else told)
        memory = replace(memory, integral=_bumpless(spec, model, memory))
    if around.ambient is None:
        return memory if fan == memory.fan else replace(memory, fan=fan)
    share = dt / (AMBIENT_OVER + dt)
    return replace(memory, fan=fan, ambient=memory.ambient + share * (around.ambient - memory.ambient))


def _known(spec: LoopSpec, model: Model | None, value: float, duty: float, fan: float) -> float:
    """Return the ambient as far as it is known without a sensor: that of the tuning, or what it is if the bench is at rest."""
    if model is None:
        return value
    return value - spec.sign * model.gain * duty / model.phi(fan) if model.ambient is None else model.ambient


def _bumpless(spec: LoopSpec, model: Model | None, memory: Memory) -> float:
    """Return the integral with which the output stays as it is."""
    if model is None:
        return 0.0
    duty = min(max(memory.asked, 0.0), spec.most)
    return duty - gains(spec, model, memory.fan).kc * memory.error - feed_forward(spec, model, memory)
