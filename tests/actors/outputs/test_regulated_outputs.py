"""An output that a loop drives: the loop's word runs out, and whoever else drives the output ends the loop's claim to it."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from actors.core import events
from actors.messages import Claim, Done, SetPoint, Taken
from actors.outputs.lease import LEASE
from actors.outputs.regulated import LAPSED
from actors.outputs.setpoint_store import SetPoints
from tests.actors.interlocks.rules_of import change
from tests.actors.outputs.alone import FAN, HEATER, Output, hold, refused
from tests.actors.outputs.driving import Pins, code
from tests.actors.outputs.remote import Logbook
from tests.fakes import Recorder

HOLDS = 3.0


class Loop:
    """What a loop is to an output: one claim, commands that run out, and what it is told."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.claim = Claim()
        self.told: list[Any] = []
        self._tickets = itertools.count(1)

    def ask(self, value: float, *, holds: float = HOLDS) -> Any:
        """Command `value`; return the answer, None for none."""
        until = self.output.clock.monotonic() + holds
        told = len(self.told)
        self.output.tell(SetPoint(next(self._tickets), value, until, self.claim, "loop oven", self.told.append, until))
        answers = [message.result for message in self.told[told:] if isinstance(message, Done)]
        return answers[0] if answers else None

    @property
    def taken(self) -> list[tuple[str, str]]:
        return [(message.reason, message.client) for message in self.told if isinstance(message, Taken)]


def driven(output: Output, value: float = 128.0) -> Loop:
    loop = Loop(output)
    assert loop.ask(value) == value
    return loop


def test_the_output_is_safe_when_its_loop_has_been_silent_for_too_long(log: Logbook) -> None:
    heater = Output()
    loop = driven(heater)
    heater.run(HOLDS - 0.01)
    assert heater.pin.value == 128.0
    heater.run(0.02)

    assert heater.pin.value == 0.0
    assert loop.taken == [(LAPSED, "")]
    assert heater.cell.safe_reason == LAPSED
    [record] = log.of(events.OUTPUT_SAFE)
    assert (record["level"], record["reason"]) == ("warning", LAPSED)


def test_a_loop_that_goes_on_speaking_keeps_its_output() -> None:
    heater = Output()
    loop = driven(heater)
    for value in (120.0, 110.0, 110.0, 110.0, 110.1):
        heater.run(HOLDS - 0.5)
        loop.ask(value)
    assert heater.pin.value == 110.0  # the last step is smaller than what is written at all
    assert loop.taken == []


def test_small_steps_in_one_direction_are_written_when_they_add_up() -> None:
    heater = Output()
    loop = driven(heater, 100.0)
    for step in range(1, 11):
        loop.ask(100.0 + 0.1 * step)
    assert heater.pin.value == pytest.approx(101.0, abs=0.3)
    assert len(heater.pin.told) < 8


def test_a_loop_that_comes_back_too_late_has_lost_its_output() -> None:
    heater = Output()
    loop = driven(heater)
    heater.clock.advance(HOLDS + 1.0)  # nobody has looked at the clock meanwhile
    assert loop.ask(200.0) is None
    assert heater.pin.value == 0.0
    assert loop.ask(200.0) is None
    assert heater.pin.value == 0.0


def test_its_steps_are_no_records(log: Logbook) -> None:
    heater = Output()
    loop = driven(heater)
    for value in range(60, 120, 10):
        loop.ask(float(value))
    loop.ask(999.0)
    assert heater.pin.value == 255.0
    assert log.of(events.SET_POINT) == log.of(events.SET_POINT_CLAMPED) == []


def test_a_hand_takes_the_output_from_its_loop() -> None:
    heater = Output()
    loop = driven(heater)
    assert heater.set(50.0) == 50.0
    assert loop.taken == [("hand", "10.0.0.7")]
    assert loop.ask(200.0) is None
    heater.run(HOLDS + 1.0)
    assert heater.pin.value == 50.0  # a hand's set-point does not run out


def test_a_hand_that_cannot_be_obeyed_leaves_the_loop_its_output() -> None:
    heater = Output()
    loop = driven(heater)
    heater.pin.broken = True
    heater.set(50.0)
    heater.pin.broken = False
    assert loop.taken == []
    heater.run(HOLDS + 0.1)
    assert heater.pin.value == 0.0


def test_a_new_decision_takes_it_back() -> None:
    heater = Output()
    driven(heater)
    heater.set(50.0)
    again = driven(heater, 60.0)
    assert heater.pin.value == 60.0
    assert again.taken == []


def test_off_ends_the_claim_also_of_a_loop_that_keeps_it_off() -> None:
    heater = Output()
    loop = driven(heater)
    loop.ask(0.0)
    heater.make_safe()
    assert loop.taken == [("off", "")]
    assert loop.ask(100.0) is None
    assert heater.pin.value == 0.0


@pytest.mark.parametrize("duty", [0.0, 128.0])
def test_an_interlock_ends_the_claim_also_of_a_loop_that_keeps_it_off(duty: float) -> None:
    heater = Output()
    loop = driven(heater)
    loop.ask(duty)
    heater.permit(hold())
    heater.permit()
    assert loop.taken == [("interlock too_hot", "")]
    assert loop.ask(100.0) is None
    assert heater.pin.value == 0.0


def test_an_interlock_that_drives_a_fan_takes_it_from_its_loop() -> None:
    fan = Output(FAN)
    loop = driven(fan)
    fan.permit(hold(255.0))
    assert loop.taken == [("interlock too_hot", "")]
    assert loop.ask(10.0) is None
    assert fan.pin.value == 255.0


def test_a_loop_is_refused_while_an_interlock_holds_its_output_even_if_it_would_keep_it_off() -> None:
    heater, fan = Output(), Output(FAN)
    heater.permit(hold())
    refused(Loop(heater).ask(100.0))
    refused(Loop(heater).ask(0.0))
    assert heater.pin.value == 0.0
    fan.permit(hold(255.0))
    refused(Loop(fan).ask(255.0))


def test_nobody_goes_on_after_a_restart_of_the_output() -> None:
    heater, fan = Output(), Output(FAN)
    for output in (heater, fan):
        loop = driven(output)
        output.pin.value = 0.0  # what it is after a crash, without an orderly end
        output.start()
        assert loop.ask(200.0) is None
        assert output.pin.value == 0.0
        assert output.cell.asked == 0.0


def test_its_end_tells_the_loop_and_forgets_what_that_wanted() -> None:
    fan = Output(FAN)
    loop = driven(fan)
    fan.actor.end()
    assert loop.taken == [("it has ended", "")]
    fan.start()
    assert fan.pin.value == 0.0


def test_an_output_with_restore_does_not_restore_what_a_loop_wanted(tmp_path: Path) -> None:
    store = SetPoints(tmp_path / "set_points.json")
    fan = Output(change(FAN, restore=True), store=store)
    fan.set(90.0)
    driven(fan)
    fan.make_safe("stop")
    fan.actor.end()
    assert store.recall("fan@GPIO23") == 0.0


def test_a_slewed_output_follows_its_loop_and_is_safe_at_once() -> None:
    heater = Output(change(HEATER, ramp=50.0))
    loop = Loop(heater)
    for _ in range(6):
        loop.ask(200.0)
        heater.run(1.0)
    assert heater.pin.value == 200.0
    heater.run(HOLDS)
    assert heater.pin.value == 0.0


def test_a_failed_switching_off_is_done_again() -> None:
    heater = Output()
    driven(heater)
    heater.pin.broken = True
    heater.run(HOLDS + 0.1)
    heater.pin.broken = False
    assert heater.pin.value == 128.0
    heater.run(1.5)
    assert heater.pin.value == 0.0


def test_no_word_of_a_loop_resets_a_lease_that_ran_out(pins: Pins) -> None:
    heater = pins.start(leased=True)
    told: Recorder[Any] = Recorder()

    def command(value: float, claim: Claim) -> None:
        until = pins.clock.monotonic() + HOLDS
        heater.remote.tell(SetPoint(1, value, until, claim, "loop oven", told.add, until))

    first = Claim()
    command(128.0, first)
    assert heater.duty > 0.4
    pins.clock.advance(LEASE + 0.1)
    heater.beat()

    assert [message.reason for message in told.items if isinstance(message, Taken)] == ["lease_expired"]
    command(128.0, first)
    again = Claim()
    command(0.0, again)
    command(128.0, again)
    assert [code(message.result) for message in told.items[-2:]] == ["lease_expired"] * 2
    assert heater.off
    assert heater.cell.lease is not None
    assert heater.cell.lease.state == "expired"


def test_a_loop_does_not_push_away_a_hand_that_waits_for_an_interlock_which_clears_itself() -> None:
    heater = Output()
    loop = driven(heater)
    heater.permit(hold(latched=False, name="fan_needed"))
    ticket = heater.ask(50.0)
    Loop(heater).ask(100.0)
    heater.permit()
    assert heater.answers[ticket] == 50.0
    assert heater.pin.value == 50.0
    assert loop.taken == [("interlock fan_needed", "")]
