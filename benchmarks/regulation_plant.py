"""The bench on which laws are compared: that of `actors/hardware/sim/thermal.py`, if wanted with a dead time and a slow sensor."""

from __future__ import annotations

import math

from actors.hardware.sim.thermal import AMBIENT_PERIOD, ThermalModel

STEP = 0.1
"""Seconds between two looks at the true temperature."""
RESOLUTION = 0.0625
"""°C, a TMP102 (data sheet, section 7.3)."""
DUTY_STEPS = 255
"""Set-points of a PWM output."""


class Stopwatch:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Return the time in s."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


class Plant:
    """A heater, a fan, and the regulated sensor; `true` is what a perfect second one at the same place feels, ten times a second."""

    def __init__(self, seed: int, *, dead_time: float = 0.0, lag: float = 0.0, noise: float = 1.0) -> None:
        self._clock = Stopwatch()
        self.thermal = ThermalModel(self._clock, seed=seed)
        self._clock.sleep(seed * AMBIENT_PERIOD / 3.0)
        self._probe = self.thermal.probe(1.0, "regulated")
        self._noise = noise
        self._dead_time, self._lag = dead_time, lag
        self._pending: list[tuple[float, float]] = []
        self._felt = self.thermal.temperature(self.now)
        self._heat = 0.0
        self.duty = 0.0
        self.fan = 0.0
        self.true: list[tuple[float, float]] = []
        self.duties: list[tuple[float, float]] = []

    @property
    def now(self) -> float:
        """The time in s."""
        return self._clock.now

    def drive(self, duty: float, fan: float | None = None) -> None:
        """Set the heater, as finely as its output can, and the fan if one is given (both 0..1)."""
        self.fan = self.fan if fan is None else fan
        self.duty = round(min(max(duty, 0.0), 1.0) * DUTY_STEPS) / DUTY_STEPS
        self._pending.append((self.now + self._dead_time, self.duty))
        self.duties.append((self.now, self.duty))
        self._apply()

    def warm(self, celsius: float, fan: float = 0.0) -> float:
        """Put the bench to rest at a temperature, and return the duty that holds it."""
        rise = celsius - self.thermal.ambient(self.now)
        duty = rise * (1.0 + 2.3 * fan) / 40.0
        self.drive(duty, fan)
        self._pending, self._heat = [], duty
        self.thermal.drive(duty, fan)
        for _ in range(round(900.0 / STEP)):
            self._clock.sleep(STEP)
        self._felt = self.thermal.temperature(self.now)
        self.forget()
        return duty

    def forget(self) -> None:
        """Begin the record anew."""
        self.true, self.duties = [], []

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self.now < until - 1e-9:
            self._clock.sleep(STEP)
            self._apply()
            true = self.thermal.temperature(self.now)
            self._felt = true if not self._lag else self._felt + (true - self._felt) * (1.0 - math.exp(-STEP / self._lag))
            self.true.append((self.now, true))

    def reading(self) -> float:
        """Return one reading of the regulated sensor, in °C, with its noise and resolution."""
        noise = self._probe.temperature(self.now) - self.thermal.temperature(self.now)
        return round((self._felt + self._noise * noise) / RESOLUTION) * RESOLUTION

    def _apply(self) -> None:
        while self._pending and self._pending[0][0] <= self.now + 1e-9:
            self._heat = self._pending.pop(0)[1]
        self.thermal.drive(self._heat, self.fan)
