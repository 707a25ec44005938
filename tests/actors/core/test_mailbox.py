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


def test_letters_come_out_in_the_order_they_went_in(inbox: Inbox) -> None:
    put(inbox, 1, 2, 3)

    assert taken(inbox, 3) == [1, 2, 3]


def test_an_order_to_make_safe_overtakes_everything(inbox: Inbox) -> None:
    put(inbox, 1, 2, Safe("off"))

    assert taken(inbox, 3) == [Safe("off"), 1, 2]


URGENT = [Safe("off"), Permit(1, 2.0), Heartbeat(1.0), Stop(), Shutdown("SIGTERM")]
QUESTIONS = [Query(1, "status", {}, lambda _done: None), ResetInterlock("hot", 1, lambda _done: None)]


@pytest.mark.parametrize("urgent", URGENT, ids=lambda message: type(message).__name__)
def test_what_makes_safe_or_keeps_alive_overtakes_everything_else(inbox: Inbox, urgent: Any) -> None:
    put(inbox, 1, QUESTIONS[0], urgent)

    assert taken(inbox, 3) == [urgent, 1, QUESTIONS[0]]


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


def test_orders_to_make_safe_keep_their_own_order(inbox: Inbox) -> None:
    put(inbox, Safe("off"), 1, Safe("stop"))

    assert taken(inbox, 3) == [Safe("off"), Safe("stop"), 1]


def test_a_tick_comes_when_it_is_due_and_once(inbox: Inbox, clock: ManualClock) -> None:
    inbox.wake_at = clock.monotonic() + 5
    put(inbox, 1)
    before = taken(inbox, 1)
    clock.advance(5)

    assert (before, taken(inbox, 1)) == ([1], [Tick()])
    assert inbox.wake_at is None


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


def test_an_order_to_make_safe_comes_before_a_due_tick(inbox: Inbox, clock: ManualClock) -> None:
    inbox.wake_at = clock.monotonic()
    put(inbox, Safe("off"))

    assert taken(inbox, 2) == [Safe("off"), Tick()]


def test_get_waits_for_a_letter(inbox: Inbox) -> None:
    waiting = Waiting(inbox)
    put(inbox, "at last")

    assert waiting.message() == "at last"


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


def test_poking_an_inbox_with_nothing_due_yields_nothing(inbox: Inbox) -> None:
    inbox.poke()
    inbox.poke()
    put(inbox, 1)

    assert (taken(inbox, 1), inbox.empty()) == ([1], True)


def test_empty_tells_of_ordinary_and_urgent_letters(inbox: Inbox) -> None:
    seen = [inbox.empty()]
    put(inbox, 1)
    seen.append(inbox.empty())
    taken(inbox, 1)
    put(inbox, Safe("off"))
    seen.append(inbox.empty())

    assert seen == [True, False, False]


def test_the_heartbeat_shows_since_when_a_message_is_being_handled(inbox: Inbox, clock: ManualClock) -> None:
    put(inbox, 1)
    taken(inbox, 1)
    clock.advance(7)

    assert inbox.vitals.busy_for(clock.monotonic()) == 7


def test_the_heartbeat_of_a_waiting_actor_is_idle_however_long_it_waits(inbox: Inbox, clock: ManualClock) -> None:
    waiting = Waiting(inbox)
    clock.advance(7)
    idle = inbox.vitals.busy_for(clock.monotonic())
    put(inbox, 1)
    waiting.message()

    assert idle == 0


def test_an_actor_is_busy_from_its_birth_until_it_first_asks_for_a_message(inbox: Inbox, clock: ManualClock) -> None:
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


def test_a_letter_after_the_end_wakes_nobody_and_breaks_nothing(inbox: Inbox) -> None:
    put(inbox, 1)
    taken(inbox, 1)
    inbox.close()
    inbox.close()
    put(inbox, 2)
    inbox.poke()

    assert taken(inbox, 1) == [2]


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
