"""How a child that says nothing is noticed, by itself: its heartbeat, its mailbox, its thread, the transfer that it is inside."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from actors.core.mailbox import Inbox, Letter
from actors.drivers.base import SensorDriver
from actors.hardware.i2c.breaker import Breaker
from actors.hardware.i2c.line import Line
from actors.messages import Tick
from supervisor.tree.children.record import ChildSpec, Record, Running
from supervisor.tree.children.restart_policy import Happening, Life
from supervisor.tree.children.specs import SENSOR_POLICY
from supervisor.tree.supervisor import LOOK_EVERY
from supervisor.tree.watch.hangs import LOOKS, STANDSTILL, Silence
from tests.fakes import ManualClock

HANG = 3.0


class One:
    """One child that serves, as the supervisor sees it, and the looks at it."""

    def __init__(self, clock: ManualClock, kind: str = "sensor") -> None:
        self.clock = clock
        self.inbox = Inbox(clock)
        self.inbox.vitals.busy_since = None
        self.inside: tuple[str, float] | None = None
        self.breaker = Breaker("I2C bus 1", clock)
        ref: Any = SimpleNamespace(actor_inbox=self.inbox)
        running = Running(ref, self.inbox.put, self.inbox.vitals, None, lambda: None, lambda: self.inside)
        spec = ChildSpec("hot", kind, lambda _generation: running, SENSOR_POLICY, hang=HANG, where="0x48", line=Line(self.breaker))
        self.record = Record(spec, Life(alive=True, serving_since=clock.monotonic()), running)
        self.silence = Silence()
        self.look()

    def look(self) -> tuple[Happening, str] | None:
        """Return how the child is lost, and why."""
        found = [(event, fault.message) for _, event, fault in self.silence.of([self.record], self.clock.monotonic())]
        return found[0] if found else None

    def watch(self, seconds: float) -> tuple[Happening, str] | None:
        """Look as often as the supervisor does, until the child is lost or `seconds` have passed."""
        for _ in range(int(seconds / LOOK_EVERY)):
            self.clock.advance(LOOK_EVERY)
            loss = self.look()
            if loss is not None:
                return loss
        return None


@pytest.fixture
def one(clock: ManualClock) -> One:
    return One(clock)


def test_one_who_takes_one_message_after_the_other_is_well_however_many_wait(one: One) -> None:
    for _ in range(200):
        one.inbox.put(Letter(Tick()))
        one.inbox.put(Letter(Tick()))
        one.inbox.get()
        assert one.watch(HANG - LOOK_EVERY) is None


def test_a_mailbox_that_is_not_drained_is_a_loss_though_nobody_is_busy(one: One) -> None:
    one.inbox.put(Letter(Tick()))
    assert one.watch(HANG) is None
    assert one.watch(2 * LOOK_EVERY) == (Happening.HUNG, "hot has taken nothing out of its mailbox for 3 s")


def test_a_transfer_that_is_not_back_is_a_loss_much_sooner_and_the_bus_hears_of_it(one: One) -> None:
    one.inside = ("0x48", one.clock.monotonic())
    assert one.watch(SensorDriver.patience) is None
    assert one.watch(LOOK_EVERY) == (Happening.HUNG, "a transfer with 0x48 has not come back for 0.5 s")
    one.breaker.stuck(0x49)
    assert one.breaker.fault is not None


def test_a_thread_that_has_ended_without_a_word_is_a_loss_at_once(one: One) -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    one.inbox.vitals.thread = thread
    assert one.watch(LOOK_EVERY) == (Happening.LOST, "the actor ended without a word")
    one.inbox.vitals.ended = True
    assert one.watch(LOOK_EVERY) is None


def test_after_a_standstill_of_the_whole_process_everybody_gets_a_moment_to_go_on(one: One) -> None:
    one.inside = ("0x48", one.clock.monotonic())
    one.clock.advance(60)
    assert one.look() is None
    one.inside = None
    assert one.watch(10) is None


def test_a_transfer_of_a_thread_that_got_no_processor_time_is_not_late_by_the_clock_alone(one: One) -> None:
    one.inside = ("0x48", one.clock.monotonic())
    for _ in range(LOOKS - 1):
        one.clock.advance(STANDSTILL * 0.9)
        assert [one.look() for _ in range(5)] == [None] * 5, "looks in quick succession are one"
    one.clock.advance(STANDSTILL * 0.9)
    assert one.look() is not None
