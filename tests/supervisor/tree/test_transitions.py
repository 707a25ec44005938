"""The log has one record for each change of state of a child, and none for a failed probe."""

from typing import Any

import pytest

import supervisor.tree.children.state_log
from actors.core import events
from actors.core.clock import SystemClock
from actors.errors import BusError, Fault
from actors.hardware.i2c.breaker import Breaker
from supervisor.tree.children.record import ChildSpec, Record
from supervisor.tree.children.restart_policy import Event, Policy, started
from supervisor.tree.children.state_log import change, report_bus
from tests.actors.outputs.remote import Logbook, keep_log

ABSENT = Fault("no_ack", "no acknowledge at 0x48", 121)
CRASH = Fault("internal_error", "ZeroDivisionError")
LOST = Fault("bus_io", "the transfer failed half way", 5)
HANG = Fault("hung", "has not come back")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, supervisor.tree.children.state_log)


class Story:
    """A child to which things happen, each of them reported."""

    def __init__(self, log: Logbook, where: str = "0x48") -> None:
        self.log = log
        self.policy = Policy()
        self.record = Record(ChildSpec("t", "sensor", lambda _generation: None, self.policy, 1.0, where=where))  # type: ignore[arg-type, return-value]
        self.now = 0.0

    def start(self) -> "Story":
        self.now = max(self.now, self.record.life.due or 0.0)
        self.record.life = started(self.record.life)
        return self

    def hear(self, event: Event, fault: Fault | None = None) -> "Story":
        change(self.record, event, self.now, fault, crashed=fault is CRASH)
        return self

    def served(self) -> "Story":
        return self.start().hear(Event.SERVED)

    def lost(self, fault: Fault, times: int = 1) -> "Story":
        """Be lost, and lost again at each new start."""
        for _ in range(times):
            if not self.record.life.alive:
                self.start()
            self.hear(Event.HUNG if fault is HANG else Event.LOST, fault)
            if fault is HANG:
                change(self.record, Event.RETURNED, self.now)
        return self

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(record["level"], record["event"]) for record in self.log.items]


@pytest.fixture
def story(log: Logbook) -> Story:
    return Story(log)


def test_a_first_start(story: Story) -> None:
    assert story.served().told == [("info", events.CHILD_STARTED)]


def test_a_sensor_that_was_never_there(story: Story) -> None:
    assert story.lost(ABSENT, 50).told == [("warning", events.SENSOR_ABSENT)]


def test_an_absent_sensor_that_appears(story: Story) -> None:
    assert story.lost(ABSENT, 3).served().told == [("warning", events.SENSOR_ABSENT), ("info", events.CHILD_RESTARTED)]


def test_an_absent_sensor_that_is_heard_of_for_a_moment_is_not_told_anew(story: Story) -> None:
    assert story.lost(ABSENT).lost(LOST).lost(ABSENT).lost(LOST).told.count(("warning", events.CHILD_LOST)) == 0


def test_a_loss_and_the_restart_after_it(story: Story) -> None:
    story.served().lost(LOST).served()

    assert story.told == [("info", events.CHILD_STARTED), ("warning", events.CHILD_LOST), ("info", events.CHILD_RESTARTED)]
    assert story.log.items[1].items() >= {"child": "t", "generation": 1, "error_code": "bus_io", "errno": 5, "back_off_s": 0.1}.items()
    assert story.log.items[2].items() >= {"child": "t", "generation": 2, "restarts": 1}.items()


def test_a_loss_that_goes_on_until_the_child_has_failed(story: Story) -> None:
    story.served().lost(LOST, 40)

    assert story.told == [("info", events.CHILD_STARTED), ("warning", events.CHILD_LOST), ("error", events.CHILD_FAILED)]
    assert story.log.items[-1]["next_probe_s"] == 30.0


def test_a_failed_child_that_serves_again(story: Story) -> None:
    assert story.served().lost(LOST, 40).served().told[-1] == ("info", events.CHILD_RESTARTED)


def test_each_crash_is_worth_a_record_for_each_is_a_bug(story: Story) -> None:
    story.served().lost(CRASH).served().lost(CRASH)

    crash, restart = ("error", events.CHILD_CRASHED), ("info", events.CHILD_RESTARTED)
    assert story.told == [("info", events.CHILD_STARTED), crash, restart, crash]


def test_a_hang(story: Story) -> None:
    story.served().lost(HANG, 2)

    assert story.told == [("info", events.CHILD_STARTED), ("error", events.CHILD_HUNG)]


def test_degraded_and_well_again_are_recorded_by_the_child_itself(story: Story) -> None:
    story.served().hear(Event.DEGRADED, LOST).hear(Event.WELL)

    assert story.told == [("info", events.CHILD_STARTED)]


def test_degraded_then_absent(story: Story) -> None:
    story.served().hear(Event.DEGRADED, ABSENT).lost(ABSENT, 5)

    assert story.told == [("info", events.CHILD_STARTED), ("warning", events.SENSOR_ABSENT)]


def test_what_is_the_buss_fault_is_not_told_of_each_child(story: Story) -> None:
    story.served().lost(Fault("bus_stuck", "the bus is stuck"), 5)

    assert story.told == [("info", events.CHILD_STARTED)]


@pytest.mark.parametrize(("where", "field"), [("0x48", {"address": "0x48"}), ("GPIO23", {"pin": "GPIO23"}), ("127.0.0.1:5555", {})])
def test_the_place_of_a_child_is_a_field_of_its_own(log: Logbook, where: str, field: dict[str, Any]) -> None:
    Story(log, where).served()

    found = {name: value for name, value in log.items[0].items() if name in {"address", "pin", "where"}}
    assert found == field


def test_a_bus_that_is_stuck_lost_or_well_is_told_as_that(log: Logbook) -> None:
    breaker = Breaker("I2C bus 1", SystemClock())
    breaker.stuck(0x48)
    breaker.stuck(0x49)
    report_bus(breaker)
    breaker.succeeded()
    report_bus(breaker)
    breaker.failed(0x48, BusError("no_adapter", "the adapter has gone"))
    report_bus(breaker)

    told = [(record["event"], record["bus"], record.get("error_code")) for record in log.items]
    assert told == [
        (events.BUS_STUCK, "I2C bus 1", "bus_stuck"),
        (events.BUS_RECOVERED, "I2C bus 1", None),
        (events.BUS_LOST, "I2C bus 1", "no_adapter"),
    ]
