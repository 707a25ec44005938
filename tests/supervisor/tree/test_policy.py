"""The restart policy by examples."""

import pytest

from actors.errors import OUTGROWN, Fault
from actors.hardware.i2c.breaker import BUS_CODES
from supervisor.tree.children.restart_policy import Happening, Life, Policy, is_due, started, step

POLICY = Policy()
CRASH, ABSENT, HANG = Fault("internal_error", "a bug"), Fault("no_ack", "nobody there"), Fault("hung", "does not come back")


class Diary:
    """One child's life, event by event, at times that a test gives."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.life = Life()
        self.now = 1000.0

    def start(self) -> "Diary":
        """Wait until the child is due, if ever within an hour, and start it."""
        assert self.life.due is not None
        self.now = max(self.now, self.life.due)
        assert is_due(self.life, self.now)
        self.life = started(self.life)
        return self

    def hear(self, event: Happening, fault: Fault | None = None, after: float = 0.0, jitter: float = 0.0) -> "Diary":
        self.now += after
        self.life = step(self.life, event, self.now, self.policy, fault=fault, jitter=jitter)
        return self

    def lose(self, times: int = 1, fault: Fault = CRASH, after: float = 0.0) -> list[float]:
        """Start and lose the child `times` times, `after` seconds after its start; return the back-offs."""
        delays = []
        for _ in range(times):
            self.start().hear(Happening.LOST, fault, after)
            delays.append(self.life.delay)
        return delays

    @property
    def facts(self) -> tuple[str, int, int]:
        return self.life.state, self.life.generation, self.life.restarts


@pytest.fixture
def diary() -> Diary:
    return Diary()


def test_the_back_off_doubles_up_to_its_cap(diary: Diary) -> None:
    assert diary.lose(9, ABSENT) == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0])


def test_more_losses_than_allowed_in_the_period_are_a_failure_and_a_slow_probe(diary: Diary) -> None:
    assert diary.lose(8)[5:] == [POLICY.slow] * 3
    assert diary.life.state == "failed"


def test_as_many_losses_as_allowed_in_the_period_are_not_yet_a_failure(diary: Diary) -> None:
    diary.lose(POLICY.intensity)

    assert diary.life.state == "backoff"


def test_a_failed_child_that_serves_only_for_a_moment_is_still_probed_slowly(diary: Diary) -> None:
    diary.lose(6)
    for _ in range(3):
        diary.start().hear(Happening.SERVED).hear(Happening.LOST, CRASH, after=POLICY.stable - 0.1)

    assert (diary.life.state, diary.life.delay) == ("failed", POLICY.slow)


def test_a_failed_child_that_serves_for_a_stable_time_is_forgiven(diary: Diary) -> None:
    diary.lose(6)
    diary.start().hear(Happening.SERVED).hear(Happening.LOST, CRASH, after=POLICY.stable)

    assert (diary.life.state, diary.life.delay) == ("backoff", POLICY.first)


@pytest.mark.parametrize("code", sorted(BUS_CODES))
def test_a_child_never_fails_because_its_bus_is_down(diary: Diary, code: str) -> None:
    diary.lose(50, Fault(code, "the bus"))

    assert (diary.life.state, diary.life.losses) == ("backoff", ())


def test_a_gateway_that_has_grown_too_much_is_started_at_once_however_often(diary: Diary) -> None:
    assert diary.lose(50, Fault(OUTGROWN, "it has grown")) == [0.0] * 50
    assert (diary.life.state, diary.life.losses) == ("backoff", ())


def test_a_stable_time_of_service_begins_the_back_off_anew(diary: Diary) -> None:
    diary.lose(4)
    diary.start().hear(Happening.SERVED).hear(Happening.LOST, CRASH, after=POLICY.stable)

    assert (diary.life.delay, diary.life.streak) == (POLICY.first, 1)


def test_jitter_spreads_the_back_off_and_nothing_else(diary: Diary) -> None:
    delays = [Diary().start().hear(Happening.LOST, CRASH, jitter=jitter).life.delay for jitter in (-1.0, 0.0, 1.0, 7.0)]

    assert delays == pytest.approx([0.09, 0.1, 0.11, 0.11])


def test_retry_makes_a_child_due_and_forgets_its_past(diary: Diary) -> None:
    diary.lose(9)
    diary.hear(Happening.RETRY)

    assert (is_due(diary.life, diary.now), diary.life.state, diary.life.streak, diary.life.losses) == (True, "backoff", 0, ())
    assert diary.lose() == [POLICY.first]
    assert diary.life.state == "backoff"


@pytest.mark.parametrize("event", [Happening.SERVED, Happening.DEGRADED, Happening.WELL, Happening.LOST, Happening.HUNG])
def test_late_words_of_a_dead_child_change_nothing(diary: Diary, event: Happening) -> None:
    diary.lose(2)
    before = diary.life

    assert diary.hear(event, CRASH, after=1.0).life == before


def test_a_culprit_is_tried_again_after_the_longest_back_off_and_one_who_is_merely_blamed_when_he_was_to_be() -> None:
    lost = step(started(Life()), Happening.HUNG, 1.0, Policy(), fault=Fault("bus_timeout", "late"))
    fault = Fault("hung", "it holds the bus")
    blamed, culprit = (step(lost, event, 2.0, Policy(), fault=fault) for event in (Happening.BLAMED, Happening.CULPRIT))
    assert (blamed.fault, blamed.due, blamed.blocked) == (fault, lost.due, True)
    assert (culprit.fault, culprit.last_fault, culprit.due, culprit.streak) == (fault, fault, 2.0 + Policy().cap, lost.streak)
