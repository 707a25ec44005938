"""The physics of the bench: a heating resistor in an air stream, solved exactly whenever somebody asks."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from typing import NamedTuple

from actors.core.clock import Clock

# The bench this models: a small resistor behind a MOSFET, cooled by free air or by one axial fan.
AMBIENT_MEAN = 22.0  # °C
AMBIENT_SWING = 0.5  # °C, the room's air conditioning
AMBIENT_PERIOD = 600.0  # s
FULL_RISE = 40.0  # °C above ambient at full heat, fan stopped
FAN_LOSSES = 3.3  # losses at full fan / losses with the fan stopped
TIME_CONSTANT = 60.0  # s, fan stopped; shorter in proportion to the losses
NOISE = 0.05  # °C, standard deviation of one conversion
LOOSE_HALF = 10.0  # s in which a sensor that has come off loses half of what it feels above the room
HUMIDITY = 45.0  # % relative, at the mean ambient temperature

# Saturation pressure of water vapour over liquid water after Magnus; coefficients of Sonntag (1990), -45..60 °C.
_MAGNUS_SLOPE = 17.62
_MAGNUS_ZERO = 243.12  # °C

# Inputs are remembered so that a conversion that began a moment ago sees the temperature of its moment.
_REMEMBERED = 64


def _nothing() -> None:
    """Do nothing before a look."""


class _Stretch(NamedTuple):
    """From `start` (model seconds) on, with the resistor `rise` °C above ambient at that instant and constant inputs."""

    start: float
    rise: float
    heat: float
    fan: float

    def at(self, now: float) -> float:
        """Return the rise at `now`: a first-order lag towards its steady state."""
        losses = 1.0 + (FAN_LOSSES - 1.0) * self.fan
        steady = FULL_RISE * self.heat / losses
        return steady + (self.rise - steady) * math.exp(-(now - self.start) * losses / TIME_CONSTANT)


class ThermalModel:
    """Temperatures of the bench at any time, exact between changes of the inputs; nothing runs in between.

    Every `at` is a time of `clock` in seconds. The physics run `speed` times faster than that clock.
    Thread-safe: readers take no lock.
    """

    def __init__(self, clock: Clock, speed: float = 1.0, seed: int = 0) -> None:
        if not (math.isfinite(speed) and speed > 0.0):
            raise ValueError(f"speed must be a positive number, not {speed!r}")
        self.clock = clock
        self.speed = speed
        self._seed = seed
        self._origin = clock.monotonic()
        self._stretches: tuple[_Stretch, ...] = (_Stretch(0.0, 0.0, 0.0, 0.0),)
        self.before_look: Callable[[], None] = _nothing
        """Called before anybody learns a temperature: the place to bring the inputs up to date."""
        self._lock = threading.Lock()

    @property
    def heat(self) -> float:
        """The heating power now, 0..1."""
        self.before_look()
        return self._stretches[-1].heat

    @property
    def fan(self) -> float:
        """The air stream now, 0..1."""
        self.before_look()
        return self._stretches[-1].fan

    def drive(self, heat: float, fan: float, at: float | None = None) -> None:
        """Change the inputs from `at` on (None = now), not before their last change; both are clamped to 0..1, a NaN raises ValueError."""
        if not (0.0 <= heat <= 1.0 and 0.0 <= fan <= 1.0):
            if math.isnan(heat) or math.isnan(fan):
                raise ValueError("heat and fan must be numbers")
            heat, fan = min(1.0, max(0.0, heat)), min(1.0, max(0.0, fan))
        with self._lock:
            last = self._stretches[-1]
            if (heat, fan) == (last.heat, last.fan):
                return
            now = max(self._model_time(self.clock.monotonic() if at is None else at), last.start)
            self._stretches = (*self._stretches[1 - _REMEMBERED :], _Stretch(now, last.at(now), heat, fan))

    def ambient(self, at: float) -> float:
        """Return the room's temperature in °C: it swings around its mean."""
        return AMBIENT_MEAN + AMBIENT_SWING * math.sin(2.0 * math.pi * self._model_time(at) / AMBIENT_PERIOD)

    def temperature(self, at: float, coupling: float = 1.0) -> float:
        """Return the true temperature in °C; `coupling` 1 is the resistor itself, 0 the room."""
        self.before_look()
        return self.ambient(at) + coupling * self._rise(self._model_time(at))

    def humidity(self, at: float, coupling: float = 1.0) -> float:
        """Return the relative humidity in %: the same water in warmer air, at constant pressure."""
        vapour = HUMIDITY * _saturation(AMBIENT_MEAN)
        return min(100.0, vapour / _saturation(self.temperature(at, coupling)))

    def probe(self, coupling: float, stream: str) -> Probe:
        """Return what one sensor feels; `stream` names its noise, so that every sensor has its own, repeatable."""
        return Probe(self, coupling, random.Random(f"{self._seed}/{stream}"))  # noqa: S311 - noise, not a secret

    def _model_time(self, at: float) -> float:
        return (at - self._origin) * self.speed

    def _rise(self, now: float) -> float:
        stretches = self._stretches
        for stretch in reversed(stretches):
            if now >= stretch.start:
                return stretch.at(now)
        return stretches[0].rise


class Probe:
    """What one sensor feels: the model at its place, with the noise of a conversion. Used by one thread at a time."""

    def __init__(self, model: ThermalModel, coupling: float, noise: random.Random) -> None:
        self.offset = 0.0
        """Added to the temperature, in °C: a sensor that is wrong."""
        self.loose_since: float | None = None
        """Since when it has been off its place (seconds of the clock); None: it is there."""
        self._model = model
        self._coupling = coupling
        self._noise = noise
        self._frozen: tuple[float, float] | None = None

    def mislead(self, kind: str, offset: float, at: float) -> None:
        """Let it feel what is wrong under a fault of `kind` from `at` on (seconds of the clock), warmer by `offset`; "": as it is."""
        self.offset = offset
        self.loose_since = at if kind == "loose" else None
        self.freeze(at if kind == "frozen" else None)

    def freeze(self, at: float | None) -> None:
        """Let it give for ever what it feels at `at` (seconds of the clock); None: it measures."""
        self._frozen = None
        if at is not None:
            self._frozen = self.temperature(at), self.humidity(at)

    def temperature(self, at: float) -> float:
        """Return one noisy conversion, in °C."""
        if self._frozen is not None:
            return self._frozen[0]
        return self._model.temperature(at, self._closeness(at)) + self.offset + self._noise.gauss(0.0, NOISE)

    def humidity(self, at: float) -> float:
        """Return the relative humidity at the sensor, in %."""
        return self._model.humidity(at, self._closeness(at)) if self._frozen is None else self._frozen[1]

    def _closeness(self, at: float) -> float:
        """Return how much of the resistor's rise it feels."""
        gone = 0.0 if self.loose_since is None else max(0.0, at - self.loose_since) * self._model.speed
        return self._coupling * math.exp2(-gone / LOOSE_HALF)


def _saturation(celsius: float) -> float:
    """Return the saturation pressure relative to that at 0 °C."""
    return math.exp(_MAGNUS_SLOPE * celsius / (_MAGNUS_ZERO + celsius))
