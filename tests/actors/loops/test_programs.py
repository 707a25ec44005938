"""Programs: ramps, guaranteed soak, hold-back, and what comes after."""

import pytest

from actors.loops.law.memory import Command, Sample
from actors.loops.law.program import Program, Step
from actors.loops.law.regulate import advance, aim, engage, follow
from benchmarks.regulation_plant import Plant
from tests.actors.loops.bench_of import MODEL, hold, spec


def run(program: Program, seconds: float, start: float = 30.0) -> list[tuple[float, Command, float, float]]:
    """Return for every second: when, the command, the working set-point and the true temperature."""
    bench = Plant(0)
    bench.warm(start)
    memory = follow(engage(start), program)
    seen = []
    for _ in range(round(seconds)):
        memory, command = hold(bench, spec(), memory, 0.0)
        seen.append((bench.now, command, memory.working, bench.thermal.temperature(bench.now)))
        bench.run(1.0)
    return seen


def test_a_ramp_is_followed_within_a_tenth_of_a_degree() -> None:
    seen = run(Program((Step(40.0, rate=6.0),)), 90.0)
    begun = seen[0][0]
    for at, _, working, true in seen[30:]:
        assert working == pytest.approx(30.0 + (at + 1.0 - begun) * 0.1, abs=0.15)
        assert true == pytest.approx(working, abs=0.3)


def test_a_soak_lasts_as_long_as_it_says_however_long_the_way_was() -> None:
    seen = run(Program((Step(45.0, soak=60.0), Step(35.0))), 240.0)
    there = [at for at, _, _, true in seen if abs(true - 45.0) < 0.3]
    left = next(at for at, _, working, _ in seen if at > there[0] and working < 44.0)
    assert left - there[0] >= 60.0


def test_a_program_ends_in_off_or_in_a_hold_as_told() -> None:
    for then, finished in (("off", True), ("hold", False)):
        seen = run(Program((Step(32.0, soak=5.0),), then), 120.0)
        assert seen[-1][1].found.finished is finished
    assert not seen[20][1].found.finished


def test_the_working_set_point_waits_for_a_value_that_does_not_follow() -> None:
    memory, now = follow(engage(30.0), Program((Step(60.0, rate=60.0),), hold_back=2.0)), 0.0
    for _ in range(60):
        now += 1.0
        memory, _ = advance(spec(), MODEL, memory, Sample(30.0, now), 1.0, 0.0, None, now)
    assert 31.0 < memory.working < 34.0
    assert memory.slope == 0.0


def test_a_set_point_ends_a_program() -> None:
    memory = follow(engage(30.0), Program((Step(60.0, rate=1.0),)))
    assert aim(memory, 60.0).program is None
