"""The physics of the simulated bench, against the figures it is meant to have."""

import math
import statistics

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


def test_the_room_swings_half_a_degree_around_22_within_600_s(clock: ManualClock) -> None:
    model = ThermalModel(clock)
    start = clock.monotonic()

    found = [model.ambient(start + seconds) for seconds in (0.0, 150.0, 300.0, 450.0, 600.0)]

    assert found == pytest.approx([22.0, 22.5, 22.0, 21.5, 22.0])


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


def test_a_bench_switched_off_cools_back_to_the_room(clock: ManualClock) -> None:
    model = ThermalModel(clock)
    model.drive(1.0, 0.0)
    clock.advance(60.0)
    hot = rise(model, clock)

    model.drive(0.0, 0.0)
    clock.advance(60.0)

    assert rise(model, clock) == pytest.approx(hot * math.exp(-1.0))


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


@given(STEPS, st.floats(0.0, 1.0))
def test_asking_changes_nothing_and_the_past_stays_as_it_was(steps: list[tuple[float, float, float]], moment: float) -> None:
    clock = ManualClock()
    asked, unasked = ThermalModel(clock), ThermalModel(clock)
    seen = []
    for heat, fan, seconds in steps:
        for model in (asked, unasked):
            model.drive(heat, fan)
        clock.advance(seconds * moment)
        seen.append((clock.monotonic(), asked.temperature(clock.monotonic())))
        clock.advance(seconds * (1.0 - moment))

    assert asked.temperature(clock.monotonic()) == unasked.temperature(clock.monotonic())
    assert [asked.temperature(at) for at, _ in seen] == pytest.approx([value for _, value in seen])


def test_a_thousand_changes_of_the_inputs_are_not_all_remembered(clock: ManualClock) -> None:
    model = ThermalModel(clock)
    for step in range(1000):
        model.drive(step % 2, 0.0)
        clock.advance(0.01)

    assert len(model._stretches) == 64


def test_coupling_says_how_much_of_the_heat_reaches_a_sensor(clock: ManualClock) -> None:
    model = ThermalModel(clock)
    model.drive(1.0, 0.0)
    clock.advance(600.0 * 5)
    now = clock.monotonic()

    assert [model.temperature(now, coupling) for coupling in (0.0, 0.25, 1.0)] == pytest.approx([22.0, 32.0, 62.0])


def test_the_physics_may_run_faster_than_the_clock(clock: ManualClock) -> None:
    fast = ThermalModel(clock, speed=60.0)
    fast.drive(1.0, 0.0)

    clock.advance(1.0)

    assert rise(fast, clock) == pytest.approx(40.0 * (1.0 - math.exp(-1.0)))


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_that_is_none_is_refused(clock: ManualClock, speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be a positive number"):
        ThermalModel(clock, speed)


def test_inputs_are_clamped_but_nan_is_refused(clock: ManualClock) -> None:
    model = ThermalModel(clock)

    model.drive(7.0, -3.0)

    assert (model.heat, model.fan) == (1.0, 0.0)
    with pytest.raises(ValueError, match="must be numbers"):
        model.drive(math.nan, 0.0)


def test_noise_has_the_stated_deviation_and_is_repeatable_per_sensor(clock: ManualClock) -> None:
    def series(seed: int, name: str) -> list[float]:
        probe = ThermalModel(clock, seed=seed).probe(1.0, name)
        return [probe.temperature(clock.monotonic()) for _ in range(4000)]

    first = series(1, "a")

    assert statistics.mean(first) == pytest.approx(22.0, abs=0.01)
    assert statistics.stdev(first) == pytest.approx(0.05, rel=0.1)
    assert series(1, "a") == first
    assert series(2, "a") != first
    assert series(1, "b") != first


def test_humidity_falls_as_air_warms_by_the_ratio_of_the_saturation_pressures(clock: ManualClock) -> None:
    model = ThermalModel(clock)
    model.drive(1.0, 0.0)
    cold = model.humidity(clock.monotonic())
    clock.advance(600.0 * 5)

    # Steam tables: 26.45 hPa at 22 °C, 82.1 hPa at 42 °C.
    assert cold == pytest.approx(45.0)
    assert model.humidity(clock.monotonic(), coupling=0.5) == pytest.approx(45.0 * 26.45 / 82.1, rel=0.005)
