"""What holds for the restart policy whatever happens to a child, and whenever."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Fault
from supervisor.tree.children.restart_policy import Happening, Life, Policy, is_due, started, step
from supervisor.tree.children.specs import GATEWAY_POLICY, OUTPUT_POLICY, SENSOR_POLICY

CODES = ("internal_error", "no_ack", "bus_stuck", "wrong_chip", "hung")
POLICIES = st.sampled_from([SENSOR_POLICY, OUTPUT_POLICY, GATEWAY_POLICY])
ALL_POLICIES = pytest.mark.parametrize("policy", [SENSOR_POLICY, OUTPUT_POLICY, GATEWAY_POLICY], ids=["sensor", "output", "gateway"])
MINUTE = 60.0


@dataclass(frozen=True)
class Move:
    """What happens next: an event (None: the child is started if it is due), after a while."""

    event: Happening | None
    after: float
    code: str
    jitter: float


def moves(events: list[Happening | None]) -> st.SearchStrategy[list[Move]]:
    delays = st.floats(0, 0.2) | st.floats(0, 50)
    return st.lists(st.builds(Move, st.sampled_from(events), delays, st.sampled_from(CODES), st.floats(-1, 1)), max_size=60)


ANYTHING = moves([None, None, None, *Happening])


def lived(history: list[Move], policy: Policy) -> tuple[Life, float, list[float]]:
    """Return the record, the time and the times of the starts after `history`, however unlikely it is."""
    life, now, starts = Life(), 1000.0, []
    for move in history:
        now += move.after
        if move.event is not None:
            life = step(life, move.event, now, policy, fault=Fault(move.code, move.code), jitter=move.jitter)
        elif is_due(life, now):
            life = started(life)
            starts.append(now)
    return life, now, starts


@given(ANYTHING, POLICIES)
def test_time_alone_leads_to_another_start_unless_the_child_lives_or_its_thread_is_lost(history: list[Move], policy: Policy) -> None:
    life, now, _ = lived(history, policy)
    longest = max(policy.cap, policy.slow) * (1 + policy.jitter)

    assert life.alive or life.blocked or is_due(life, now + longest)


@given(ANYTHING, POLICIES)
def test_a_child_whose_thread_is_lost_starts_again_when_it_is_back(history: list[Move], policy: Policy) -> None:
    life, now, _ = lived(history, policy)
    life = step(life, Happening.RETURNED, now, policy)

    assert life.alive or is_due(life, now + max(policy.cap, policy.slow) * (1 + policy.jitter))


@given(ANYTHING, POLICIES)
def test_a_loss_is_never_followed_by_a_start_at_once(history: list[Move], policy: Policy) -> None:
    life, now, _ = lived(history, policy)
    shortest = policy.first * (1 - policy.jitter)
    for event in (Happening.LOST, Happening.HUNG):
        lost = step(life, event, now, policy, fault=Fault("internal_error", ""), jitter=-1.0)
        assert not life.alive or not is_due(lost, now + shortest * 0.99)


@given(ANYTHING, POLICIES)
def test_never_two_lives_at_a_time_and_never_one_beside_a_lost_thread(history: list[Move], policy: Policy) -> None:
    life, now, starts = lived(history, policy)

    assert not (life.alive and is_due(life, now + 1e9))
    assert not (life.blocked and is_due(life, now + 1e9))
    assert not (life.alive and life.blocked)
    assert life.generation == len(starts)
    assert life.restarts == max(life.generation - 1, 0)


@given(ANYTHING, POLICIES)
def test_the_record_says_of_every_child_what_it_is(history: list[Move], policy: Policy) -> None:
    life, _, _ = lived(history, policy)

    assert life.state in {"starting", "running", "degraded", "backoff", "absent", "failed"}
    assert (life.state in {"running", "degraded"}) <= life.alive
    assert (life.state in {"backoff", "absent", "failed"}) <= (life.last_fault is not None)
    assert life.alive == (life.due is None)


@given(moves([None, Happening.SERVED, Happening.DEGRADED, Happening.WELL, Happening.LOST, Happening.HUNG, Happening.RETURNED]), POLICIES)
def test_an_absent_sensor_never_becomes_failed(history: list[Move], policy: Policy) -> None:
    absent = [Move(move.event, move.after, "no_ack", move.jitter) for move in history]
    life = Life()
    now = 1000.0
    for move in absent:
        life, now, _ = lived_on(life, now, move, policy)
        assert life.state != "failed"
        assert life.delay <= policy.cap * (1 + policy.jitter)


def lived_on(life: Life, now: float, move: Move, policy: Policy) -> tuple[Life, float, None]:
    now += move.after
    if move.event is None:
        return (started(life) if is_due(life, now) else life), now, None
    return step(life, move.event, now, policy, fault=Fault(move.code, ""), jitter=move.jitter), now, None


@given(ANYTHING, POLICIES)
def test_retry_clears_the_past_in_any_state(history: list[Move], policy: Policy) -> None:
    life, now, _ = lived(history, policy)
    cleared = step(life, Happening.RETRY, now, policy)

    assert (cleared.state != "failed", cleared.streak, cleared.losses) == (True, 0, ())
    assert cleared.alive or cleared.blocked or is_due(cleared, now)
    if cleared.alive:
        lost = step(cleared, Happening.LOST, now, policy, fault=Fault("internal_error", ""))
        assert (lost.state, lost.delay) == ("backoff", policy.first)


@ALL_POLICIES
@given(code=st.sampled_from(CODES), service=st.floats(0, 9.9), count=st.integers(2, 40))
def test_the_back_off_never_shrinks_in_a_losing_streak(policy: Policy, code: str, service: float, count: int) -> None:
    life, now, delays = Life(), 1000.0, []
    for _ in range(count):
        now = max(now, life.due or 0.0)
        life = step(started(life), Happening.SERVED, now, policy)
        now += service
        life = step(life, Happening.LOST, now, policy, fault=Fault(code, ""))
        delays.append(life.delay)

    assert delays == sorted(delays)
    assert max(delays) <= max(policy.cap, policy.slow)


def worst_starts_per_minute(policy: Policy, lives: list[tuple[float, bool, str]]) -> int:
    """Return how many starts there are at most within a minute when each start is made as soon as it is allowed."""
    life, now, starts = Life(), 1000.0, []
    for service, served, code in lives:
        assert life.due is not None
        now = max(now, life.due)
        life = started(life)
        starts.append(now)
        if served:
            life = step(life, Happening.SERVED, now, policy)
        now += service
        life = step(life, Happening.LOST, now, policy, fault=Fault(code, ""), jitter=-1.0)
    return max(sum(1 for other in starts if when <= other < when + MINUTE) for when in starts)


LIVES = st.lists(st.tuples(st.floats(0, 1) | st.sampled_from([5.0, 10.0]), st.booleans(), st.sampled_from(CODES)), min_size=1, max_size=80)


@given(LIVES)
def test_the_starts_of_an_output_within_a_minute_are_bounded(lives: list[tuple[float, bool, str]]) -> None:
    assert worst_starts_per_minute(OUTPUT_POLICY, lives) <= 45
