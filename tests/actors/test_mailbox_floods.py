"""However much clients ask, what keeps a bench alive or makes it safe does not wait behind it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.core import events
from actors.core.mailbox import Letter
from actors.drivers.outputs.pwm import PWM
from actors.messages import Claim, Heartbeat, ReadBack, Safe, SetPoint, Stop
from tests.actors.outputs.driving import Output, Pins, code
from tests.fakes import wait

MANY = 256
"""Requests that one client may have waiting."""
LOOK = 0.05
"""Seconds that a look at the hardware takes here: a small Pi with a slow pigpiod."""


class Slow(PWM):
    """An output whose every look takes its time; the next one waits for `gate`, if there is one, after `entered`."""

    entered: threading.Event
    gate: threading.Event
    clock: Any
    looks: list[float]

    def read_back(self) -> float:
        self.entered.set()
        wait(self.gate)
        self.clock.sleep(LOOK)
        self.looks.append(self.clock.monotonic())
        return super().read_back()


class Flooded:
    """A heater in the middle of a look, so that a test can fill its mailbox; `release` lets it go on, until it has nothing to do."""

    def __init__(self, pins: Pins, **start: Any) -> None:
        self.looks: list[float] = []
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        names = {"entered": self.entered, "gate": self.gate, "clock": pins.clock, "looks": self.looks}
        self.heater: Output = pins.start(driver=type("SlowHeater", (Slow,), names), **start)
        self.pins = pins

    def hold(self) -> None:
        self.gate.clear()
        self.entered.clear()
        self.ask()
        wait(self.entered)
        self.looks.clear()

    def put(self, message: Any) -> None:
        self.heater.remote.inbox.put(Letter(message))

    def ask(self, within: float = 1000.0) -> None:
        self.put(ReadBack(0, self.pins.clock.monotonic() + within, self.pins.done.add))

    def ask_often(self) -> None:
        for _ in range(MANY):
            self.ask()

    def set(self, value: float, ticket: int = 1) -> None:
        self.put(SetPoint(ticket, value, self.pins.clock.monotonic() + 1000.0, Claim(), "10.0.0.7", self.pins.done.add))

    def release(self) -> None:
        self.gate.set()
        if not self.heater.remote.stopped:
            self.heater.remote.settle()


@pytest.fixture
def flooded(pins: Pins) -> Flooded:
    return Flooded(pins, leased=True)


def several_floods(flooded: Flooded, flood: Callable[[], None]) -> None:
    """Fill the mailbox ten times over, each time with a heartbeat behind the flood."""
    for _ in range(10):
        flooded.hold()
        flood()
        flooded.put(Heartbeat(flooded.pins.clock.monotonic()))
        flooded.release()
        flooded.pins.clock.advance(0.4)


def test_a_client_that_only_reads_does_not_let_the_lease_run_out(flooded: Flooded) -> None:
    flooded.heater.set(128)
    several_floods(flooded, flooded.ask_often)

    assert flooded.heater.read_back() == 128.0
    assert flooded.heater.duty == pytest.approx(0.5, abs=0.01)
    assert flooded.pins.log.of(events.LEASE_EXPIRED) == []


def test_a_client_that_sets_and_reads_in_turn_does_not_let_the_lease_run_out(flooded: Flooded) -> None:
    def flood() -> None:
        for _ in range(16):
            flooded.set(128)
            flooded.ask()

    flooded.heater.set(128)
    several_floods(flooded, flood)

    assert flooded.pins.log.of(events.LEASE_EXPIRED) == []


def test_questions_that_wait_together_cost_one_look(flooded: Flooded) -> None:
    flooded.hold()
    flooded.ask_often()
    before = len(flooded.pins.done.items)
    flooded.release()

    assert len(flooded.pins.done.items) - before == MANY + 1
    assert len(flooded.looks) <= 3  # the one that was held, one for all of them, and the output's own look when its time has come


def test_a_question_whose_asker_has_been_answered_costs_nothing(flooded: Flooded) -> None:
    flooded.hold()
    for _ in range(MANY):
        flooded.ask(within=LOOK / 2)
    flooded.set(7.0)
    before = len(flooded.pins.done.items)
    flooded.release()

    assert [done.result for done in flooded.pins.done.items[before:]] == [0.0, 7.0]
    assert len(flooded.looks) <= 2


def test_an_output_that_is_to_end_ends_at_once_and_everybody_who_waits_is_told(flooded: Flooded) -> None:
    flooded.heater.set(128)
    flooded.hold()
    for number in range(MANY):
        flooded.set(200.0, ticket=1000 + number)
    flooded.put(Safe("off", 2000, flooded.pins.done.add))
    flooded.put(Stop())
    flooded.put(Safe("off", 2001, flooded.pins.done.add))
    flooded.release()
    flooded.heater.remote.wait_for_end()

    answers = {done.ticket: done.result for done in flooded.pins.done.items}
    assert {code(answers[1000 + number]) for number in range(MANY)} == {"unavailable"}
    assert (answers[2000], answers[2001], flooded.heater.off) == (0.0, 0.0, True)
    assert flooded.pins.log.of(events.SET_POINT, value=200.0) == []


def test_a_thread_that_comes_back_after_it_was_given_up_drives_nothing(flooded: Flooded) -> None:
    flooded.heater.set(128)
    flooded.hold()
    flooded.set(200.0, ticket=1000)
    flooded.heater.remote.inbox.vitals.fenced = True
    flooded.release()

    assert flooded.pins.log.of(events.SET_POINT, value=200.0) == []
    assert [code(done.result) for done in flooded.pins.done.items if done.ticket == 1000] == ["revoked"]
    assert flooded.heater.make_safe() == 0.0
    assert flooded.heater.off
