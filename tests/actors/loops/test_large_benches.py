"""An oven: time constants of half an hour, a sensor that is a minute late."""

import math

import pytest

from actors.loops.law.memory import Sample
from actors.loops.law.model import Model
from actors.loops.law.plausible import Power, Seen, balanced, objection
from actors.loops.tuning.tune import begin, step
from tests.actors.loops.bench_of import spec

K, TAU, DEAD = 0.05, 2000.0, 60.0
STEP = 2.0


class Oven:
    """Its exact answer, step by step; what it feels is what the output did a minute ago."""

    def __init__(self) -> None:
        self.now = 0.0
        self.value = 22.0
        self.duty = 0.0
        self._late = [0.0] * round(DEAD / STEP)

    def run(self, duty: float) -> None:
        self.duty = duty
        self._late.append(duty)
        steady = 22.0 + K * TAU * self._late.pop(0)
        self.value = steady + (self.value - steady) * math.exp(-STEP / TAU)
        self.now += STEP

    @property
    def reading(self) -> float:
        return round(self.value / 0.0625) * 0.0625


def test_its_tune_takes_the_time_that_it_needs() -> None:
    oven, loop = Oven(), spec(period=STEP, fan=None)
    tune = begin(loop, 0.0)
    while True:
        tune, action = step(loop, tune, Sample(oven.reading, oven.now), oven.duty, None, None, oven.now)
        if action.outcome is not None:
            break
        oven.run(action.duty)
    assert oven.now < 3600.0
    assert action.outcome.model is not None
    assert action.outcome.model.k == pytest.approx(K, rel=0.03)
    assert action.outcome.model.dead_time == pytest.approx(DEAD, abs=3.0)


def test_power_that_it_cannot_feel_yet_is_not_missed() -> None:
    oven, power, model = Oven(), Power(), Model(k=K, gain=K * TAU, dead_time=DEAD)
    for number in range(1500):
        power = balanced(
            power, model, Seen(oven.reading, oven.reading - 22.0, oven.duty, 0.0, oven.now, STEP / 2.0), STEP if number else 0.0
        )
        assert not objection(power, model, oven.now)
        oven.run(1.0 if number % 500 < 300 else 0.0)
