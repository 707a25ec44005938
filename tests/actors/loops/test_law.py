"""The law on the bench's physics: figures, hand-over, fan, wrong constants, and any input whatever."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.loops.law.memory import Command, Memory, Sample
from actors.loops.law.model import Model
from actors.loops.law.regulate import advance, aim, engage
from benchmarks.regulation_plant import Plant
from tests.actors.loops.bench_of import MODEL, hold, spec


def at_rest(celsius: float, fan: float = 0.0, seed: int = 0, **plant: Any) -> tuple[Plant, Memory]:
    """Return a bench that the loop holds, its record empty."""
    bench = Plant(seed, **plant)
    bench.warm(celsius, fan)
    memory, _ = hold(bench, spec(), engage(celsius), 120.0)
    bench.true.clear()
    bench.duties.clear()
    return bench, memory


def deviation(bench: Plant, target: float) -> float:
    return max(abs(value - target) for _, value in bench.true)


def test_a_step_overshoots_by_a_quarter_of_a_degree_at_most_and_is_over_within_a_minute() -> None:
    bench, memory = at_rest(35.0)
    begun = bench.now
    hold(bench, spec(), aim(memory, 45.0), 200.0)
    assert max(value for _, value in bench.true) <= 45.25
    assert all(abs(value - 45.0) <= 0.2 for at, value in bench.true if at - begun > 60.0)


def test_it_is_quiet_while_it_holds() -> None:
    bench, memory = at_rest(45.0)
    hold(bench, spec(), memory, 300.0)
    assert math.fsum((value - 45.0) ** 2 for _, value in bench.true) / len(bench.true) <= 0.05**2
    mean = math.fsum(duty for _, duty in bench.duties) / len(bench.duties)
    assert math.fsum((duty - mean) ** 2 for _, duty in bench.duties) / len(bench.duties) <= 0.04**2


@pytest.mark.parametrize(("celsius", "fan", "limit"), [(45.0, 0.25, 0.35), (30.0, 1.0, 0.3)])
def test_a_fan_whose_effect_is_known_hardly_moves_the_value(celsius: float, fan: float, limit: float) -> None:
    bench, memory = at_rest(celsius)
    bench.drive(bench.duty, fan)
    memory, command = advance(spec(), MODEL, memory, None, bench.duty, fan, None, bench.now)
    bench.drive(command.duty)
    assert not command.fresh
    hold(bench, spec(), memory, 120.0)
    assert deviation(bench, celsius) <= limit


def test_an_output_that_was_off_gets_the_power_of_the_hold_at_once() -> None:
    bench = Plant(0)
    bench.warm(45.0)
    bench.drive(0.0)
    bench.run(8.0)
    begun = bench.now
    bench.forget()
    hold(bench, spec(), engage(45.0), 120.0)
    assert max(value for _, value in bench.true) <= 45.25
    assert all(abs(value - 45.0) <= 0.2 for at, value in bench.true if at - begun > 25.0)


def test_the_output_does_not_jump_when_the_loop_takes_over() -> None:
    bench = Plant(0)
    duty = bench.warm(45.0)
    commands: list[Command] = []
    hold(bench, spec(), engage(45.0), 0.0, look=commands.append)
    assert abs(commands[0].duty - duty) <= 0.08


@pytest.mark.parametrize(
    "other", [replace(MODEL, k=0.9), replace(MODEL, gain=30.0), replace(MODEL, ambient=15.0), replace(MODEL, dead_time=8.0)]
)
def test_other_constants_do_not_move_the_output(other: Model) -> None:
    _, memory = at_rest(45.0)
    assert memory.at is not None
    again = Sample(memory.recent[-1][1], memory.at + 0.001)
    _, command = advance(spec(), other, memory, again, memory.duty, 0.0, None, again.at)
    assert command.duty == pytest.approx(memory.duty, abs=0.02)


def test_another_aggressiveness_does_not_move_the_output_either() -> None:
    _, memory = at_rest(45.0)
    assert memory.at is not None
    again = Sample(memory.recent[-1][1], memory.at + 0.001)
    _, command = advance(spec(aggressiveness="firm", max_duty=90.0), MODEL, memory, again, memory.duty, 0.0, None, again.at)
    assert command.duty == pytest.approx(memory.duty, abs=0.02)


@pytest.mark.parametrize("wrong", [0.5, 0.7, 1.3, 1.5])
@pytest.mark.parametrize("plant", [{}, {"dead_time": 2.0, "lag": 5.0}])
def test_it_holds_with_constants_that_are_half_wrong(wrong: float, plant: dict[str, float]) -> None:
    model = replace(MODEL, k=MODEL.k * wrong, gain=MODEL.gain * wrong, dead_time=6.3 if plant else 0.0)
    bench = Plant(1, **plant)
    bench.warm(35.0)
    memory, _ = hold(bench, spec(), engage(35.0), 60.0, model)
    begun = bench.now
    hold(bench, spec(), aim(memory, 45.0), 600.0, model)
    assert max(value for _, value in bench.true) < 46.0
    assert all(abs(value - 45.0) < 0.5 for at, value in bench.true if at - begun > 400.0)


def test_the_same_set_point_changes_nothing() -> None:
    memory = engage(45.0, 2.0)
    assert aim(memory, 45.0, 2.0) is memory


def test_a_set_point_changes_only_where_it_is_going() -> None:
    _, memory = at_rest(40.0)
    other = aim(memory, 50.0)
    assert replace(other, target=memory.target, rest=memory.rest) == memory


def test_a_ramp_goes_on_from_where_it_is() -> None:
    bench, memory = at_rest(35.0)
    memory, _ = hold(bench, spec(), aim(memory, 45.0, ramp=6.0), 60.0)
    before = memory.working
    memory, _ = hold(bench, spec(), aim(memory, 30.0, ramp=6.0), 0.5)
    assert before == pytest.approx(41.0, abs=0.3)
    assert memory.working == pytest.approx(before, abs=0.25)


def test_a_loop_that_cools_is_the_mirror_image_of_one_that_heats() -> None:
    heats, cools = spec(), spec(action="cool", min=-80.0, max=-20.0)
    mirrored = replace(MODEL, ambient=-22.0)
    one, other = engage(45.0), engage(-45.0)
    for second, value in enumerate((30.0, 31.0, 33.5, 40.0, 46.0, 44.0)):
        now = float(second)
        one, command = advance(heats, MODEL, one, Sample(value, now), None, 0.3, None, now)
        other, opposite = advance(cools, mirrored, other, Sample(-value, now), None, 0.3, None, now)
        assert command.duty == pytest.approx(opposite.duty)
        assert one.working == pytest.approx(-other.working)


def test_a_reading_that_does_not_come_renews_nothing_and_ends_the_loop_in_time() -> None:
    _, memory = at_rest(45.0)
    assert memory.at is not None
    _, command = advance(spec(), MODEL, memory, None, memory.duty, 0.0, None, memory.at + 2.9)
    assert (command.fresh, command.lost, command.duty, command.valid_until) == (False, False, memory.duty, memory.at + 3.0)
    _, command = advance(spec(), MODEL, memory, None, memory.duty, 0.0, None, memory.at + 3.0)
    assert (command.lost, command.duty) == (True, 0.0)


def test_what_is_not_tuned_is_not_regulated() -> None:
    with pytest.raises(ValueError, match="not tuned"):
        advance(spec(), None, engage(45.0), Sample(20.0, 0.0), 0.0, None, None, 0.0)


ANY = st.floats(allow_nan=True, allow_infinity=True)
VALUE = st.one_of(st.floats(-50.0, 150.0), ANY, st.none())
SHARE = st.one_of(st.floats(0.0, 1.0), ANY, st.none())
EVENT = st.tuples(st.floats(0.0, 20.0), VALUE, SHARE, SHARE, VALUE, st.one_of(st.none(), st.floats(20.0, 80.0)))
MODELS = st.builds(
    Model,
    k=st.floats(1e-4, 1e3),
    gain=st.floats(1e-2, 1e4),
    dead_time=st.floats(0.0, 100.0),
    ambient=st.one_of(st.none(), st.floats(-300.0, 300.0)),
    fan_losses=st.sampled_from([(), (1.0, 3.3), (1.0, 2.15, 3.3)]),
    noise=st.floats(0.0, 10.0),
    frozen_after=st.sampled_from([0, 30]),
)
SPECS = st.builds(
    spec,
    action=st.sampled_from(["heat", "cool"]),
    max_duty=st.floats(1.0, 100.0),
    ramp=st.one_of(st.none(), st.floats(0.01, 1000.0)),
    period=st.floats(0.05, 60.0),
    aggressiveness=st.sampled_from(["soft", "normal", "firm"]),
)


@settings(max_examples=50)
@given(loop=SPECS, models=st.lists(MODELS, min_size=1, max_size=3), events=st.lists(EVENT, max_size=25), target=st.floats(20.0, 80.0))
def test_whatever_it_is_told_the_output_stays_within_its_limits(loop: Any, models: list[Model], events: list[Any], target: float) -> None:
    memory, now = engage(target), 100.0
    for number, (dt, value, output, fan, ambient, wanted) in enumerate(events):
        now += dt
        memory = memory if wanted is None else aim(memory, wanted)
        reading = None if value is None else Sample(value, now)
        before = memory
        memory, command = advance(loop, models[number % len(models)], memory, reading, output, fan, ambient, now)
        assert 0.0 <= command.duty <= loop.most
        assert all(map(math.isfinite, (memory.integral, memory.asked, memory.working, memory.slope, memory.ambient)))
        assert not command.fresh or abs(memory.integral) <= loop.most + abs(memory.feed_forward)
        assert command.fresh == (memory.at == now and before.at != now)
        assert command.fresh or (memory.at, memory.working, memory.integral) == (before.at, before.working, before.integral)
        assert not command.lost or command.duty == 0.0
        assert command.lost or command.valid_until > now
