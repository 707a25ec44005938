"""Outputs that are off or on: a hysteresis around the working set-point, and a time in which they hold still after they have switched."""

from __future__ import annotations

from dataclasses import replace

from actors.bench.loops import LoopSpec
from actors.loops.law import reference
from actors.loops.law.memory import Memory, Sample

ON = 0.5
"""Duty from which such an output counts as on."""


def switched(spec: LoopSpec, memory: Memory, sample: Sample, output: float | None, dt: float) -> Memory:
    """Return the memory with the next duty, 0 or 1, after a step of `dt` seconds; `output` is what the output did until now.

    Raises ValueError for a loop without a hysteresis.
    """
    if spec.hysteresis is None:
        raise ValueError(f"{spec.name} has no hysteresis")
    working = _working(spec, memory, sample.value, dt)
    excess = spec.sign * (sample.value - working)
    was = float((memory.duty if output is None else output) > ON)
    since = sample.at if was != memory.duty else memory.switched
    wanted = 1.0 if excess < -spec.hysteresis else 0.0 if excess > spec.hysteresis else was
    if since is not None and sample.at - since < spec.cycle:
        wanted = was
    since = sample.at if wanted != was else since
    return replace(memory, working=working, duty=wanted, asked=wanted, switched=since)


def _working(spec: LoopSpec, memory: Memory, value: float, dt: float) -> float:
    """Return the working set-point, which moves with the ramp alone."""
    ramp = reference.ramp(spec.ramp, memory.ramp)
    if ramp is None:
        return memory.target
    if reference.waits(memory.program, memory.working - value):
        return memory.working
    return reference.moved(memory.working, memory.target, dt or spec.period, (ramp / 60.0, ramp / 60.0), 0.0)
