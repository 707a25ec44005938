"""The experiment and its verdict, on the bench's physics."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.loops.law.memory import Sample
from actors.loops.tuning.tune import Tune, begin, step
from benchmarks.regulation_plant import Plant
from tests.actors.loops.bench_of import spec, tune


@pytest.mark.parametrize("seed", range(3))
def test_a_pulse_finds_the_bench_in_two_minutes(seed: int) -> None:
    bench = Plant(seed)
    begun = bench.now
    _, action = tune(bench, spec())
    assert action.outcome is not None
    model = action.outcome.model
    assert model is not None
    assert 90.0 <= bench.now - begun <= 150.0
    assert model.k == pytest.approx(40 / 60, rel=0.03)
    assert model.gain == pytest.approx(40.0, rel=0.06)
    assert model.dead_time < 0.5
    assert model.ambient == pytest.approx(bench.thermal.ambient(bench.now), abs=0.8)
    assert model.noise == pytest.approx(0.053, abs=0.02)
    assert max(value for _, value in bench.true) < 40.0
    assert action.duty == 0.0


def test_a_relay_from_below_finds_it_too_and_stays_near_its_working_point() -> None:
    bench = Plant(1)
    _, action = tune(bench, spec(), around=38.0)
    assert action.outcome is not None
    model = action.outcome.model
    assert model is not None
    assert model.k == pytest.approx(40 / 60, rel=0.03)
    assert model.gain == pytest.approx(40.0, rel=0.06)
    assert max(value for _, value in bench.true) < 40.0


def test_it_measures_what_the_fan_carries_away_and_leaves_the_fan_as_it_was() -> None:
    bench = Plant(1)
    _, action = tune(bench, spec(), fan=True)
    assert action.outcome is not None
    assert action.outcome.model is not None
    assert action.outcome.model.fan_losses == pytest.approx((1.0, 2.15, 3.3), rel=0.1)
    assert (action.duty, bench.fan) == (0.0, 0.0)


def cut(bench: Plant, _: Tune) -> None:
    bench.drive(0.0)


def fan_in_the_decay(bench: Plant, now: Tune) -> None:
    bench.drive(bench.duty, 1.0 if now.phase == "decay" else 0.0)


def shares(bench: Plant, _: Tune) -> None:
    bench.drive(bench.duty / 10.0)


@pytest.mark.parametrize(
    ("hook", "reason"), [(cut, "is the output connected"), (shares, "is the output connected"), (fan_in_the_decay, "the fan changed")]
)
def test_what_is_not_to_be_believed_is_refused_with_its_reason(hook: Any, reason: str) -> None:
    _, action = tune(Plant(0), spec(), hook=hook)
    assert action.outcome is not None
    assert action.outcome.model is None
    assert any(reason in each for each in action.outcome.reasons)


def test_a_noisy_sensor_is_refused() -> None:
    _, action = tune(Plant(0, noise=10.0), spec())
    assert action.outcome is not None
    assert any("times its noise" in each for each in action.outcome.reasons)


def test_a_slow_sensor_is_accepted_with_a_warning() -> None:
    _, action = tune(Plant(0, dead_time=5.0, lag=10.0), spec())
    assert action.outcome is not None
    assert action.outcome.model is not None
    assert any("late" in each for each in action.outcome.warnings)


def test_a_bench_that_does_not_come_to_rest_is_refused() -> None:
    under_way = begin(spec(), 0.0)
    for second in range(2000):
        under_way, action = step(spec(), under_way, Sample(30.0 + 0.1 * second, float(second)), 0.0, 0.0, None, float(second))
        if action.outcome is not None:
            break
    assert action.outcome is not None
    assert "at rest" in action.outcome.reasons[0]


def test_three_seconds_without_a_reading_end_it() -> None:
    under_way = begin(spec(), 0.0)
    under_way, action = step(spec(), under_way, Sample(22.0, 0.0), 0.0, 0.0, None, 0.0)
    under_way, action = step(spec(), under_way, None, 0.0, 0.0, None, 2.9)
    assert action.outcome is None
    under_way, action = step(spec(), under_way, Sample(math.nan, 3.0), 0.0, 0.0, None, 3.0)
    assert action.outcome is not None
    assert "no good reading" in action.outcome.reasons[0]


def test_what_is_off_or_on_has_nothing_to_tune() -> None:
    with pytest.raises(ValueError, match="nothing to tune"):
        begin(spec(hysteresis=0.5), 0.0)


@settings(max_examples=30, deadline=None)
@given(
    around=st.one_of(st.none(), st.floats(20.0, 80.0)),
    cools=st.booleans(),
    events=st.lists(
        st.tuples(
            st.floats(0.1, 4.0), st.floats(allow_nan=True), st.one_of(st.none(), st.floats()), st.one_of(st.none(), st.floats(0.0, 1.0))
        ),
        max_size=60,
    ),
)
def test_whatever_it_sees_it_stays_within_its_power_and_ends_with_the_output_off(
    around: float | None, cools: bool, events: list[Any]
) -> None:
    loop, now = spec(action="cool" if cools else "heat", max_duty=70.0), 0.0
    under_way = begin(loop, now, around)
    for dt, value, output, fan in events:
        now += dt
        under_way, action = step(loop, under_way, Sample(value, now), output, fan, None, now)
        assert 0.0 <= action.duty <= 0.8 * loop.most + 1e-12
        if action.outcome is not None:
            assert action.duty == 0.0
            return
        assert action.valid_until > now
