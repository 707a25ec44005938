"""Whether a fit is to be believed: every reason against it in words, and what else the person should know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from actors.bench.loops import LoopSpec
from actors.loops.law.model import Model, reachable
from actors.loops.tuning.fit import Fit, fit
from actors.loops.tuning.record import Point, resolution
from pilotage.words import number

LEAST_RISE: Final = 1 / 3
"""Share of the rise that was aimed at."""
LEAST_SIGNAL: Final = 40.0
"""Rise in standard deviations of the noise."""
MOST_RESIDUAL: Final = (2.0, 0.02)
"""Largest rms of the fit: in standard deviations of the noise or as a share of the rise, whichever is more."""
ALIKE: Final = 0.3
"""How much the slope of the heating part alone may differ from that of the whole."""
MOST_DEAD_TIME: Final = 1 / 3
"""Largest dead time as a share of the time constant: a bench with more needs another law."""
SLUGGISH: Final = 1 / 8
"""Share above which the person is told that the sensor is slow."""
FAN_MOVED: Final = 0.01
"""Change of a fan, of full scale, that spoils the record."""
MOST_DOUBT: Final = 0.1
"""Largest standard deviation of the losses as a share of them."""
IMPOSSIBLE: Final = 1e-9
"""Probability of so many equal readings in a row from a sensor that measures, from which it is taken for frozen."""
FROZEN_LEAST, FROZEN_MOST = 45, 120
"""Equal readings in a row: never fewer mean a frozen sensor, and where it would take more, they say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A whole experiment: its record, the place in it where the heating ended (0: no pulse), and the rise aimed at and reached.

    Rises in units. `noise` is the standard deviation of a reading at rest.
    """

    record: Sequence[Point]
    heating_until: int
    wanted: float
    rise: float
    noise: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The model, or None with the reasons why there is none; and warnings, which are none."""

    model: Model | None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def judge(spec: LoopSpec, evidence: Evidence) -> Verdict:
    """Fit the record and return whether the constants may be used."""
    found = fit(evidence.record, spec.sign)
    reasons = [*_about_record(spec, evidence)]
    if found is None:
        return Verdict(None, (*reasons, "no bench that loses heat in proportion to its excess behaves like this"))
    reasons += _about_fit(spec, evidence, found)
    model = Model(
        k=found.k,
        gain=found.gain,
        dead_time=found.dead_time,
        ambient=found.ambient,
        noise=evidence.noise,
        residual=found.residual,
        frozen_after=frozen_after(evidence.noise, resolution(evidence.record)),
    )
    end = reachable(spec, model, evidence.record[-1].fan or 0.0)
    if end is not None and spec.sign * (end - (spec.min if spec.sign > 0.0 else spec.max)) <= 0.0:
        reasons.append(f"full power reaches {_shown(spec, end)}, which is outside {number(spec.min)} to {number(spec.max)}")
    warnings = []
    if found.dead_time > SLUGGISH * model.tau0:
        warnings.append(f"the sensor follows {found.dead_time:.1f} s late: a better contact would hold the value better")
    return Verdict(None if reasons else model, tuple(reasons), tuple(warnings))


def frozen_after(noise: float, step: float) -> int:
    """Return how many equal readings in a row cannot be by chance, for a sensor of this noise and resolution; 0 if any number can."""
    if noise <= 0.0 or step <= 0.0:
        return 0
    stays = math.erf(step / 2.0 / (noise * math.sqrt(2.0)))
    readings = math.ceil(math.log(IMPOSSIBLE) / math.log(stays)) if 0.0 < stays < 1.0 else FROZEN_MOST + 1
    return max(readings, FROZEN_LEAST) if readings <= FROZEN_MOST else 0


def _about_record(spec: LoopSpec, evidence: Evidence) -> Sequence[str]:
    """Return what is wrong with the record itself."""
    reasons = []
    if evidence.rise < LEAST_RISE * evidence.wanted:
        least = _shown(spec, LEAST_RISE * evidence.wanted)
        reasons.append(f"the value changed by {_shown(spec, evidence.rise)} only, less than {least}: is the output connected?")
    if evidence.heating_until and evidence.rise < LEAST_SIGNAL * evidence.noise:
        reasons.append(
            f"the value changed by {_shown(spec, evidence.rise)}, less than 40 times its noise of {_shown(spec, evidence.noise)}"
        )
    fans = [point.fan for point in evidence.record if point.fan is not None]
    if fans and max(fans) - min(fans) > FAN_MOVED:
        reasons.append(f"the fan changed from {100 * min(fans):.0f} to {100 * max(fans):.0f} % meanwhile")
    return reasons


def _about_fit(spec: LoopSpec, evidence: Evidence, found: Fit) -> Sequence[str]:
    """Return what is wrong with the constants."""
    reasons = []
    most = max(MOST_RESIDUAL[0] * evidence.noise, MOST_RESIDUAL[1] * evidence.rise)
    if found.residual > most:
        reasons.append(f"the record misses the model by {_shown(spec, found.residual)} rms, more than {_shown(spec, most)}: a draught?")
    part = fit(evidence.record[: evidence.heating_until], spec.sign) if evidence.heating_until else None
    if part is not None and abs(part.k - found.k) > ALIKE * found.k:
        reasons.append(f"the heating alone tells a slope of {part.k:.3g} per second at full power, the whole {found.k:.3g}")
    if found.dead_time > MOST_DEAD_TIME * found.gain / found.k:
        reasons.append(
            f"the sensor follows {found.dead_time:.1f} s late, more than a third of the time constant {found.gain / found.k:.1f} s"
        )
    if found.doubt > MOST_DOUBT:
        reasons.append(f"what the bench loses shows to {100 * found.doubt:.0f} % only: begin further from where it ends")
    return reasons


def _shown(spec: LoopSpec, value: float) -> str:
    return f"{value:.3g} {spec.channel.units}".rstrip()
