"""The mailbox: order, the urgent lane, the wake-up, the heartbeat."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.clock import SystemClock
from actors.core.mailbox import Inbox, Letter
from actors.messages import Heartbeat, Permit, Query, ResetInterlock, Safe, Shutdown, Stop, Tick
from tests.fakes import ManualClock, Recorder, eventually, wait


@pytest.fixture
def inbox(clock: ManualClock) -> Iterator[Inbox]:
    inbox = Inbox(clock)
    yield inbox
    inbox.close()


def put(inbox: Inbox, *messages: Any) -> None:
    for message in messages:
        inbox.put(Letter(message))


def taken(inbox: Inbox, count: int) -> list[Any]:
    return [inbox.get().message for _ in range(count)]


class Waiting:
    """A thread in `inbox.get()`."""

    def __init__(self, inbox: Inbox) -> None:
        self.got: Recorder[Any] = Recorder()
        self._thread = threading.Thread(target=lambda: self.got.add(inbox.get().message), daemon=True)
        self._thread.start()
        eventually(lambda: inbox.vitals.busy_since is None, "the thread waits")

    def message(self) -> Any:
        message = self.got.wait_for_count(1)[0]
        self._thread.join()
        return message


URGENT = [Safe("off"), Permit(1, 2.0), Heartbeat(1.0), Stop(), Shutdown("SIGTERM")]
QUESTIONS = [Query(1, "status", {}, lambda _done: None), ResetInterlock("hot", 1, lambda _done: None)]


@pytest.mark.parametrize("urgent", URGENT, ids=lambda message: type(message).__name__)
def test_what_makes_safe_or_keeps_alive_overtakes_everything_else(inbox: Inbox, urgent: Any) -> None:
    put(inbox, 1, QUESTIONS[0], urgent)

    assert taken(inbox, 3) == [urgent, 1, QUESTIONS[0]]


def test_a_permit_that_renews_wakes_nobody_and_is_taken_first_by_whoever_wakes(inbox: Inbox, clock: ManualClock) -> None:
    old, new = Permit(1, 2.0, renews=True), Permit(1, 3.0, renews=True)
    put(inbox, old, new)
    assert inbox.empty()
    inbox.wake_at = clock.monotonic()  # the deadline of the one before
    assert taken(inbox, 2) == [new, Tick()]
    put(inbox, new, Heartbeat(1.0))
    assert taken(inbox, 2) == [new, Heartbeat(1.0)]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda message: type(message).__name__)
def test_what_clients_ask_of_those_who_look_after_the_bench_comes_last(inbox: Inbox, question: Any) -> None:
    put(inbox, question, question, 1, 2)

    assert (taken(inbox, 3), inbox.empty(), taken(inbox, 1)) == ([1, 2, question], False, [question])


def test_questions_and_a_tick_that_is_always_due_take_turns(inbox: Inbox, clock: ManualClock) -> None:
    put(inbox, *QUESTIONS)
    got = []
    for _ in range(4):
        inbox.wake_at = clock.monotonic()
        got += taken(inbox, 1)

    assert got == [Tick(), QUESTIONS[0], Tick(), QUESTIONS[1]]


def test_letters_of_one_kind_are_taken_together_up_to_the_first_of_another(inbox: Inbox) -> None:
    put(inbox, 1, 2, "three", 4)

    assert (inbox.more(int), inbox.more(int), inbox.more(str), inbox.more(int), inbox.more(int)) == ([1, 2], [], ["three"], [4], [])


def test_a_flood_of_letters_does_not_put_off_the_tick(inbox: Inbox, clock: ManualClock) -> None:
    inbox.wake_at = clock.monotonic()
    put(inbox, *range(1000))

    assert taken(inbox, 2) == [Tick(), 0]


def test_a_tick_that_is_always_due_does_not_put_off_the_letters(inbox: Inbox, clock: ManualClock) -> None:
    put(inbox, 1, 2)
    got = []
    for _ in range(4):
        inbox.wake_at = clock.monotonic()
        got += taken(inbox, 1)

    assert got == [Tick(), 1, Tick(), 2]


def test_a_moved_clock_is_noticed_when_the_inbox_is_poked(inbox: Inbox, clock: ManualClock) -> None:
    inbox.wake_at = clock.monotonic() + 3600
    waiting = Waiting(inbox)
    clock.advance(3600)
    inbox.poke()

    assert waiting.message() == Tick()


def test_on_the_systems_clock_a_tick_comes_by_itself() -> None:
    clock = SystemClock()
    inbox = Inbox()
    inbox.wake_at = when = clock.monotonic() + 0.03

    assert (taken(inbox, 1), clock.monotonic() >= when) == ([Tick()], True)


def test_the_heartbeat_shows_since_when_a_message_is_being_handled(inbox: Inbox, clock: ManualClock) -> None:
    put(inbox, 1)
    taken(inbox, 1)
    clock.advance(7)

    assert inbox.vitals.busy_for(clock.monotonic()) == 7


def test_nothing_is_lost_between_many_senders_and_each_senders_order_is_kept(inbox: Inbox) -> None:
    go = threading.Event()

    def send(sender: int) -> Callable[[], None]:
        def act() -> None:
            wait(go)
            put(inbox, *((sender, number) for number in range(300)))

        return act

    threads = [threading.Thread(target=send(sender), daemon=True) for sender in range(4)]
    for thread in threads:
        thread.start()
    go.set()
    got = taken(inbox, 1200)
    for thread in threads:
        thread.join()

    assert [[number for by, number in got if by == sender] for sender in range(4)] == [list(range(300))] * 4
    assert inbox.empty()


@given(st.lists(st.sampled_from(["letter", "safe", "advance", "arm", "poke", "get"]), max_size=60))
def test_whatever_is_put_comes_out_once_urgent_first_and_in_order(actions: list[str]) -> None:
    clock = ManualClock()
    inbox = Inbox(clock)
    letters: list[int] = []
    urgent: list[Safe] = []
    for number, action in enumerate(actions):
        due = inbox.wake_at is not None and inbox.wake_at <= clock.monotonic()
        match action:
            case "letter":
                letters.append(number)
                put(inbox, number)
            case "safe":
                urgent.append(Safe(str(number)))
                put(inbox, urgent[-1])
            case "advance":
                clock.advance(1)
            case "arm":
                inbox.wake_at = clock.monotonic() + 1
            case "poke":
                inbox.poke()
            case _ if letters or urgent or due:
                message = inbox.get().message
                if urgent:
                    assert message == urgent.pop(0)
                elif isinstance(message, Tick):
                    assert due
                else:
                    assert message == letters.pop(0)
        assert inbox.empty() == (not letters and not urgent)
