"""The physics of the simulated bench, against the figures it is meant to have."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.hardware.sim.thermal import ThermalModel
from tests.fakes import ManualClock

LEVEL = st.floats(0.0, 1.0)
STEPS = st.lists(st.tuples(LEVEL, LEVEL, st.floats(0.1, 90.0)), min_size=1, max_size=5)


def rise(model: ThermalModel, clock: ManualClock) -> float:
    now = clock.monotonic()
    return model.temperature(now) - model.ambient(now)


@pytest.mark.parametrize(("fan", "expected"), [(0.0, 40.0), (1.0, 40.0 / 3.3), (0.5, 40.0 / 2.15)])
def test_full_heat_ends_40_degrees_above_the_room_and_a_fan_takes_its_share(clock: ManualClock, fan: float, expected: float) -> None:
    model = ThermalModel(clock)
    model.drive(1.0, fan)

    clock.advance(3000.0)

    assert rise(model, clock) == pytest.approx(expected)


@pytest.mark.parametrize(("fan", "time_constant"), [(0.0, 60.0), (1.0, 60.0 / 3.3)])
def test_after_one_time_constant_63_percent_of_the_way_is_done(clock: ManualClock, fan: float, time_constant: float) -> None:
    model = ThermalModel(clock)
    model.drive(1.0, fan)
    goal = 40.0 if fan == 0.0 else 40.0 / 3.3

    clock.advance(time_constant)

    assert rise(model, clock) == pytest.approx(goal * (1.0 - math.exp(-1.0)))


@given(STEPS)
def test_the_solution_agrees_with_a_slow_integration_in_small_steps(steps: list[tuple[float, float, float]]) -> None:
    clock = ManualClock()
    model = ThermalModel(clock)
    euler = 0.0
    for heat, fan, seconds in steps:
        model.drive(heat, fan)
        count = 200
        for _ in range(count):
            euler += seconds / count * (40.0 * heat - (1.0 + 2.3 * fan) * euler) / 60.0
        clock.advance(seconds)

    assert rise(model, clock) == pytest.approx(euler, abs=0.5)
