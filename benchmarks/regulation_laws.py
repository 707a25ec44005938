"""The laws that are compared, behind one interface: ours, and three that a bench may have otherwise, written anew for this comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.bench.loops import LoopSpec
from actors.loops.law.memory import Command, Memory, Sample
from actors.loops.law.model import Model
from actors.loops.law.regulate import advance, aim, engage
from actors.loops.tuning.tune import Action, begin, step
from benchmarks.regulation_plant import Plant

PERIOD = 1.0
"""Seconds between two readings."""
SPEC = LoopSpec(
    id="loop",
    name="loop",
    title="loop",
    channel=ChannelRef("sensor", "temperature", "°C"),
    output=OutputRef("heater", 0.0, 255.0),
    pin=1000,
    min=20.0,
    max=80.0,
    period=PERIOD,
    fan=OutputRef("fan", 0.0, 100.0),
)


class Law(Protocol):
    """A regulator: told a set-point, and asked once a second."""

    name: str

    def aim(self, target: float) -> None:
        """Take another set-point."""

    def duty(self, bench: Plant, value: float) -> float:
        """Return the duty for a reading of the bench."""


class Ours:
    """The law of `actors/loops/law`."""

    name = "this law"

    def __init__(self, model: Model, *, sees_fan: bool = True) -> None:
        self.model = model
        self.sees_fan = sees_fan
        self.memory: Memory | None = None
        self.command: Command | None = None
        self._target = 0.0

    def aim(self, target: float) -> None:
        """Take another set-point."""
        self._target = target
        self.memory = None if self.memory is None else aim(self.memory, target)

    def duty(self, bench: Plant, value: float) -> float:
        """Return the duty for a reading of the bench."""
        memory = self.memory or engage(self._target)
        fan = bench.fan if self.sees_fan else None
        self.memory, self.command = advance(SPEC, self.model, memory, Sample(value, bench.now), bench.duty, fan, None, bench.now)
        return self.command.duty

    def feel(self, bench: Plant) -> None:
        """Answer a fan that has changed between two readings, as the loop's actor does when it hears of that."""
        if self.memory is not None and self.sees_fan:
            self.memory, command = advance(SPEC, self.model, self.memory, None, bench.duty, bench.fan, None, bench.now)
            bench.drive(command.duty)


class BangBang:
    """On below the band, off above it."""

    name = "bang-bang"
    band = 0.5
    """°C on either side."""

    def __init__(self) -> None:
        self._target = 0.0

    def aim(self, target: float) -> None:
        """Take another set-point."""
        self._target = target

    def duty(self, bench: Plant, value: float) -> float:
        """Return the duty for a reading of the bench."""
        if abs(value - self._target) > self.band:
            return float(value < self._target)
        return float(bench.duty > 0.5)


@dataclass(frozen=True)
class PidGains:
    """`kp` in duty per °C, `ki` per °C and s, `kd` s per °C; `smooth`: time constant of the derivative's filter, s."""

    kp: float
    ki: float
    kd: float
    smooth: float = 0.0


BY_HAND = PidGains(0.2, 0.01, 0.5)
"""As somebody finds them who tries for an hour."""


class Pid:
    """The PID of the textbook: derivative of the measurement, integral kept within the output's limits."""

    def __init__(self, gains: PidGains = BY_HAND, name: str = "textbook PID") -> None:
        self.name = name
        self._gains = gains
        self._target = 0.0
        self._integral = 0.0
        self._last: float | None = None
        self._slope = 0.0

    def aim(self, target: float) -> None:
        """Take another set-point."""
        self._target = target

    def duty(self, bench: Plant, value: float) -> float:
        """Return the duty for a reading of the bench; the first one takes over the present duty as its integral."""
        gains = self._gains
        if self._last is None:
            self._last, self._integral = value, bench.duty
        slope = (value - self._last) / PERIOD
        self._slope += PERIOD / (PERIOD + gains.smooth) * (slope - self._slope)
        self._last = value
        error = self._target - value
        self._integral = min(max(self._integral + gains.ki * error * PERIOD, 0.0), 1.0)
        return min(max(gains.kp * error + self._integral - gains.kd * self._slope, 0.0), 1.0)


def relay_gains(seed: int, around: float, **plant: float) -> tuple[PidGains, float]:
    """Return gains after Ziegler and Nichols from a relay with a band of 5 °C at full power, and how long it took.

    Amplitude and period of the last two swings give the ultimate gain 4 d / (pi a) of the describing function.
    """
    bench = Plant(seed, **plant)
    begun, on, turns = bench.now, True, list[float]()
    extremes: list[float] = [bench.reading()]
    while len(turns) < 7:
        value = bench.reading()
        extremes[-1] = max(extremes[-1], value) if on else min(extremes[-1], value)
        if (on and value > around) or (not on and value < around - 5.0):
            on = not on
            turns.append(bench.now)
            extremes.append(value)
        bench.drive(float(on))
        bench.run(PERIOD)
    period = (turns[-1] - turns[-5]) / 2.0
    swings = extremes[-6:-1]
    amplitude = sum(abs(one - two) for one, two in pairwise(swings)) / (len(swings) - 1) / 2.0
    ultimate = 4.0 * 0.5 / (math.pi * amplitude)
    kp = 0.6 * ultimate
    return PidGains(kp, kp / (0.5 * period), kp * 0.125 * period, smooth=1.0), bench.now - begun


def tuned(bench: Plant, *, fan: bool = False, around: float | None = None) -> tuple[Action, float]:
    """Let our tune run on a bench, and return its outcome with the seconds it took."""
    under_way, begun = begin(SPEC, bench.now, around, fan=fan), bench.now
    while True:
        under_way, action = step(SPEC, under_way, Sample(bench.reading(), bench.now), bench.duty, bench.fan, None, bench.now)
        bench.drive(action.duty, action.fan)
        if action.outcome is not None:
            return action, bench.now - begun
        bench.run(PERIOD)
