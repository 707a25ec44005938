"""What a fan carries away: the power that it takes to hold one value with the fan at 0, 50 and 100 %."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law.memory import Memory, Sample
from actors.loops.law.model import Model
from actors.loops.law.regulate import advance, engage
from actors.loops.law.settled import Rest
from actors.loops.law.takeover import Around

SPEEDS: Final = (0.0, 0.5, 1.0)
"""Of full scale, at equal distances."""
AT: Final = 0.24
"""Where it is held, as a share of the rise at full power: within reach of a fan that carries away four times as much."""
AVERAGED: Final = 30.0
"""Seconds of power that are averaged, once the value is at rest, or ten readings."""
PATIENCE: Final = 6.0
"""Time constants that a hold is waited for; then it is taken for out of reach."""
FOLLOWS, RUNS_UP = 0.02, 15.0
"""How near a fan has to be to what it is told, after so many seconds."""
EACH: Final = 90.0
"""Seconds that one usually takes."""


@dataclass(frozen=True, slots=True)
class Holds:
    """The holds under way: at speed number `len(powers)`, since `since` (None: it begins). `before`: what the fan did before.

    `found` has the model without a fan; `model` is the answer, None until then.
    """

    found: Model
    memory: Memory
    before: float | None
    since: float | None = None
    duties: tuple[tuple[float, float], ...] = ()
    powers: tuple[float, ...] = ()
    duty: float = 0.0
    model: Model | None = None
    warnings: tuple[str, ...] = ()

    @property
    def fan(self) -> float:
        """What the fan is to do now, 0..1."""
        return SPEEDS[min(len(self.powers), len(SPEEDS) - 1)]

    def left(self, now: float) -> float:
        """Return roughly how many seconds the holds still take."""
        lasted = 0.0 if self.since is None else now - self.since
        return max(EACH - lasted, 0.0) + EACH * (len(SPEEDS) - 1 - len(self.powers))


def begin(spec: LoopSpec, model: Model, fan: float | None) -> Holds:
    """Return the beginning, after a pulse that gave `model`."""
    target = (model.ambient or 0.0) + spec.sign * AT * model.gain * spec.most
    return Holds(model, engage(min(max(target, spec.min), spec.max)), fan)


def step(spec: LoopSpec, holds: Holds, reading: Sample, around: Around, now: float) -> Holds:
    """Return the holds after one more reading; `around` is what output and fan did until now, and how warm it is around."""
    since = now if holds.since is None else holds.since
    memory, command = advance(spec, holds.found, holds.memory, reading, around.output, None, None, now)
    holds = replace(holds, memory=memory, duty=command.duty, since=since)
    fan = around.fan
    if fan is not None and abs(fan - holds.fan) > FOLLOWS and now - since > RUNS_UP:
        return _finished(holds, f"the fan does {100 * fan:.0f} % instead of {100 * holds.fan:.0f} %")
    settled = command.found.settled_since
    if settled is None:
        if now - since < PATIENCE * holds.found.tau0:
            return replace(holds, duties=())
        return _finished(holds, f"{memory.target:.1f} {spec.channel.units} is not held with the fan at {100 * holds.fan:.0f} %")
    duties = (*holds.duties, (now, _power(spec, holds, reading, around)))
    if now - duties[0][0] < max(AVERAGED, 10.0 * spec.period):
        return replace(holds, duties=duties)
    powers = (*holds.powers, fmean(duty for _, duty in duties))
    holds = replace(holds, powers=powers, duties=(), since=None)
    return _finished(holds) if len(powers) == len(SPEEDS) else replace(holds, memory=_unsettled(memory))


def _power(spec: LoopSpec, holds: Holds, reading: Sample, around: Around) -> float:
    """Return the power per unit above the ambient, as a sensor of it tells, or as the tune found it."""
    ambient = (holds.found.ambient or 0.0) if around.ambient is None else around.ambient
    rise = spec.sign * (reading.value - ambient)
    return (around.output or 0.0) / rise if rise > 0.0 else 0.0


def _unsettled(memory: Memory) -> Memory:
    return replace(memory, rest=Rest())


def _finished(holds: Holds, warning: str = "") -> Holds:
    """Return the holds with their answer: the losses measured, and the last ones extended where a hold was out of reach."""
    warnings = holds.warnings
    powers = holds.powers
    if len(powers) < 2 or powers[0] <= 0.0:  # noqa: PLR2004 - without and with the fan
        text = f"{warning}: what it carries away is not known" if warning else "what the fan carries away is not known"
        return replace(holds, model=holds.found, duty=0.0, warnings=(*warnings, text))
    phi = [max(power / powers[0], 0.01) for power in powers]
    if len(phi) < len(SPEEDS):
        phi.append(2.0 * phi[1] - phi[0])
        warnings = (*warnings, f"{warning}: the losses there are extended from those at 50 %")
    losses = tuple(round(each, 3) for each in (1.0, *phi[1:]))
    return replace(holds, model=replace(holds.found, fan_losses=losses), duty=0.0, warnings=warnings)
