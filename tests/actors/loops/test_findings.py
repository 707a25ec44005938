"""What the law notices: at rest, saturated, not plausible; and outputs that are off or on."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.loops.law.memory import Command, Memory, Sample
from actors.loops.law.model import Model, reachable
from actors.loops.law.regulate import advance, aim, engage
from actors.loops.law.settled import mean, scatter
from actors.loops.tuning.verdict import frozen_after
from benchmarks.regulation_plant import Plant
from tests.actors.loops.bench_of import MODEL, hold, spec


def at_hold(celsius: float = 45.0, fan: float = 0.0, model: Model = MODEL) -> tuple[Plant, Memory]:
    bench = Plant(0)
    bench.warm(celsius, fan)
    memory, _ = hold(bench, spec(), engage(celsius), 60.0, model)
    return bench, memory


def until_it_trips(bench: Plant, memory: Memory, value: Any, model: Model = MODEL, seconds: int = 300) -> tuple[float, Command]:
    """Return after how many seconds of what the sensor says (of its reading and the seconds) the law objects, or the end."""
    begun = bench.now
    for _ in range(seconds):
        said = value(bench.reading(), bench.now - begun)
        memory, command = advance(spec(), model, memory, Sample(said, bench.now), bench.duty, bench.fan, None, bench.now)
        if command.found.implausible:
            break
        bench.drive(command.duty)
        bench.run(1.0)
    return bench.now - begun, command


def test_it_settles_and_a_new_set_point_unsettles_it_at_once() -> None:
    bench, memory = at_hold()
    memory, command = hold(bench, spec(), aim(memory, 50.0), 0.0)
    assert command.found.settled_since is None
    bench.run(1.0)
    memory, command = hold(bench, spec(), memory, 90.0)
    assert command.found.settled_since is not None
    assert command.found.mean == pytest.approx(50.0, abs=0.1)
    assert scatter(memory.recent) == pytest.approx(0.06, abs=0.03)


def test_there_is_no_mean_before_ten_seconds_are_over() -> None:
    readings = tuple((float(second), 45.0) for second in range(8))
    assert mean(readings, 7.0, 1.0) is None
    assert mean((*readings, (8.0, 45.0), (9.0, 45.0)), 9.0, 1.0) == 45.0


def test_what_full_power_does_not_reach_is_said() -> None:
    bench = Plant(0)
    bench.warm(30.0, 1.0)
    _, command = hold(bench, spec(), engage(45.0), 400.0)
    assert command.found.saturated
    assert command.found.settled_since is None
    assert command.found.reachable == pytest.approx(22.0 + 40.0 / 3.3, abs=0.1)
    assert not command.found.implausible


def test_what_is_reachable_is_known_before() -> None:
    assert reachable(spec(max_duty=50.0), MODEL, 0.0) == pytest.approx(42.0)
    assert reachable(spec(), replace(MODEL, ambient=None), 0.0) is None


def test_a_detached_sensor_is_noticed_within_45_seconds() -> None:
    seconds, command = until_it_trips(*at_hold(), lambda value, passed: 22.0 + (value - 22.0) * 0.5 ** (passed / 10.0))
    assert seconds <= 45.0
    assert command.found.trip
    assert "loose or wrong" in command.found.implausible


def test_a_frozen_sensor_is_noticed_by_its_equal_readings() -> None:
    model = replace(MODEL, frozen_after=frozen_after(0.05, 0.0625))
    seconds, command = until_it_trips(*at_hold(model=model), lambda _value, _passed: 45.0, model)
    assert seconds <= 150.0
    assert command.found.trip
    assert "frozen" in command.found.implausible


def test_one_measurement_that_is_read_again_and_again_is_not_frozen() -> None:
    model = replace(MODEL, frozen_after=45)
    bench, memory = at_hold(model=model)
    value = bench.reading()
    for number in range(400):
        bench.run(0.1)
        if number % 5 == 0:  # a chip that measures twice a second
            value = bench.reading()
        reading = Sample(value, bench.now)
        memory, command = advance(spec(), model, memory, reading, bench.duty, 0.0, None, bench.now)
        bench.drive(command.duty)
        for _ in range(20):
            reading = Sample(value, reading.at + 0.001)
            memory, command = advance(spec(), model, memory, reading, bench.duty, 0.0, None, reading.at)
        assert not command.found.implausible


@given(noise=st.floats(0.0, 10.0), step=st.floats(0.0, 10.0))
def test_no_sensor_that_may_stand_still_is_called_frozen(noise: float, step: float) -> None:
    assert frozen_after(noise, step) in {0, *range(45, 121)}
    assert frozen_after(noise, step) == 0 or noise > 0.1 * step


def test_a_fan_that_is_not_known_makes_it_a_warning() -> None:
    model = replace(MODEL, fan_losses=())
    _, command = until_it_trips(*at_hold(model=model), lambda value, passed: 22.0 + (value - 22.0) * 0.5 ** (passed / 10.0), model)
    assert command.found.implausible
    assert not command.found.trip


def test_a_healthy_bench_is_believed() -> None:
    bench = Plant(2)
    objections = set()
    memory = engage(45.0)
    for target, fan in ((45.0, 0.0), (60.0, 0.0), (30.0, 1.0), (45.0, 1.0), (26.0, 0.3)):
        bench.drive(bench.duty, fan)
        memory, _ = hold(bench, spec(), aim(memory, target), 120.0, look=lambda command: objections.add(command.found.implausible))
        bench.run(1.0)
    assert objections == {""}


def test_an_output_that_is_off_or_on_switches_at_its_hysteresis_and_not_too_often() -> None:
    loop, bench = spec(hysteresis=0.5, cycle=10.0), Plant(0)
    memory, _ = hold(bench, loop, engage(40.0), 200.0, None)
    bench.forget()
    bench.run(1.0)
    hold(bench, loop, memory, 200.0, None)
    switched = [at for (at, duty), (_, before) in zip(bench.duties[1:], bench.duties, strict=False) if duty != before]
    assert {duty for _, duty in bench.duties} == {0.0, 1.0}
    assert min(later - sooner for sooner, later in pairwise(switched)) >= 10.0
    assert all(abs(value - 40.0) < 8.0 for _, value in bench.true)


def test_a_cooler_that_is_off_or_on_switches_the_other_way_round() -> None:
    loop = spec(hysteresis=0.5, action="cool")
    memory, command = advance(loop, None, engage(30.0), Sample(31.0, 0.0), 0.0, None, None, 0.0)
    assert command.duty == 1.0
    memory, command = advance(loop, None, memory, Sample(29.0, 20.0), 1.0, None, None, 20.0)
    assert command.duty == 0.0


@given(events=st.lists(st.tuples(st.floats(0.1, 10.0), st.floats(-50.0, 150.0), st.sampled_from([0.0, 1.0, None])), max_size=30))
def test_an_output_that_is_off_or_on_is_nothing_between(events: list[Any]) -> None:
    loop, memory, now = spec(hysteresis=0.5, ramp=5.0), engage(40.0), 0.0
    for dt, value, output in events:
        now += dt
        memory, command = advance(loop, None, memory, Sample(value, now), output, None, None, now)
        assert command.duty in {0.0, 1.0}
