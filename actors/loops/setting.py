"""A loop with all that it relies on: the sensor and the output it has, the interlocks that guard them, the constants it knows. Frozen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.bench.interlocks import Interlock
from actors.bench.loops import LoopSpec
from actors.loops.law.model import Model
from pilotage.words import number


@dataclass(frozen=True, slots=True)
class Setting:
    """One loop on its bench. `locks` are the interlocks that drive its output."""

    spec: LoopSpec
    sensor: SensorSpec
    output: OutputSpec
    locks: tuple[Interlock, ...]

    @classmethod
    def of(cls, spec: LoopSpec, bench: Bench) -> Setting:
        """Return a loop of `bench` with what it relies on there; an interlock that clamps its output limits its power."""
        sensor = next(each for each in bench.sensors if each.id == spec.channel.sensor)
        output = next(each for each in bench.outputs if each.id == spec.output.id)
        locks = tuple(lock for lock in bench.interlocks if any(drive.output.id == output.id for drive in lock.drives))
        if output.ceiling is not None:
            spec = replace(spec, max_duty=min(spec.max_duty, 100.0 * output.ceiling / output.max))
        return cls(spec, sensor, output, locks)

    def holds_in(self, other: Setting) -> bool:
        """Return whether what it holds now may go on in `other`: the same sensor, output, interlocks and range."""
        mine, its = self.spec, other.spec
        same = (mine.channel, mine.min, mine.max, mine.action, mine.hysteresis) == (
            its.channel,
            its.min,
            its.max,
            its.action,
            its.hysteresis,
        )
        return same and (self.sensor, self.output, self.locks) == (other.sensor, other.output, other.locks)

    @property
    def mark(self) -> str:
        """What constants belong to: with another sensor or output they mean nothing."""
        sensor, output = self.sensor, self.output
        frequency = "" if output.pwm_frequency is None else f", {number(output.pwm_frequency)} Hz"
        calibration = sensor.calibration.get(self.spec.channel.channel)
        shown = "" if calibration is None else f", {number(calibration.offset)}, {number(calibration.scale)}"
        read = f"{self.spec.channel} ({sensor.driver} at {sensor.where}{shown})"
        return f"{read}, {output.id} ({output.driver} at {output.where}{frequency}, to {number(output.max)}), {self.spec.action}"

    def duty_of(self, value: float | None) -> float | None:
        """Return a read-back of the output as a duty, 0..1."""
        return None if value is None else value / self.output.max

    def model(self, stored: Mapping[str, Any] | None) -> Model | None:
        """Return its constants: those of `config.py`, else those `stored` by a tuning of this sensor with this output, else None.

        What the file does not tell stays as it was found: the noise, how long a sensor may stand still, the ambient.
        """
        spec = self.spec
        found = model_of(stored.get("model")) if stored is not None and stored.get("of") == self.mark else None
        if spec.k is not None and spec.gain is not None:
            found = replace(
                found or Model(k=spec.k, gain=spec.gain), k=spec.k, gain=spec.gain, dead_time=spec.dead_time or 0.0, tuned_at=None
            )
        return replace(found, fan_losses=spec.fan_losses) if found is not None and spec.fan_losses else found


def document_of(model: Model) -> dict[str, Any]:
    """Return constants as they are written down and told: plain numbers."""
    found = {each.name: getattr(model, each.name) for each in fields(model)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def model_of(document: Any) -> Model | None:
    """Return the constants that were written down; None for what cannot be any."""
    if not isinstance(document, dict):
        return None
    names = {each.name for each in fields(Model)}
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in document.items() if name in names}
    numbers = [each for value in given.values() for each in (value if isinstance(value, tuple) else (value,)) if each is not None]
    if not all(type(each) in {int, float} and math.isfinite(each) for each in numbers):
        return None
    try:
        return Model(**given)
    except (TypeError, ValueError):
        return None
