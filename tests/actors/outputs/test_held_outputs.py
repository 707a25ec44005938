"""What an output does when interlocks hold it, and when nobody looks at them."""

import re

import pytest

from actors.core import events
from actors.outputs.permit import SILENT
from tests.actors.interlocks.rules_of import change
from tests.actors.outputs.alone import FAN, HEATER, Output, hold, refused
from tests.actors.outputs.remote import Logbook


def test_a_trip_switches_off_at_once_and_is_recorded(log: Logbook) -> None:
    heater = Output()
    heater.set(128.0)
    heater.permit(hold())

    assert heater.pin.value == 0.0
    [record] = log.of(events.OUTPUT_SAFE)
    assert (record["level"], record["reason"]) == ("warning", "interlock too_hot")
    assert (heater.cell.asked, heater.cell.safe_reason) == (0.0, "interlock too_hot")


def test_while_the_daemon_ends_no_interlock_switches_anything_on() -> None:
    fan = Output(FAN)
    fan.make_safe("stop")
    fan.permit(hold(value=255.0))
    fan.run(3.0)

    assert (fan.pin.value, fan.pin.told) == (0.0, [0.0, 0.0])


def test_a_held_output_refuses_with_name_reason_time_and_way_out() -> None:
    heater = Output()
    heater.permit(hold(since=heater.clock.monotonic() - 5.0, why="t is 91 °C, above 90"))

    words = refused(heater.set(128.0))
    assert re.fullmatch(
        r"interlock too_hot has held heater at 0 since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d: t is 91 °C, above 90; "
        r"once that is over: `pilotage reset too_hot`",
        words,
    )
    assert heater.pin.value == 0.0


def test_the_safe_value_is_never_refused() -> None:
    assert Output(needs_permit=True).set(0.0) == 0.0
    held = Output()
    held.permit(hold())
    assert held.set(0.0) == 0.0
    assert held.set(-5.0) == 0.0


def test_a_fan_that_an_interlock_runs_may_be_stopped_and_stays_so() -> None:
    fan = Output(FAN)
    fan.permit(hold(255.0))
    assert fan.pin.value == 255.0
    assert fan.set(0.0) == 0.0
    fan.permit(hold(255.0))
    fan.run(3.0)
    assert fan.pin.value == 0.0


def test_an_interlock_that_lets_go_leaves_the_output_where_it_is() -> None:
    heater = Output()
    heater.set(128.0)
    heater.permit(hold(latched=False))
    heater.permit()
    heater.run(3.0)

    assert heater.pin.value == 0.0
    assert heater.set(128.0) == 128.0


def test_what_somebody_else_switches_on_while_it_is_held_is_switched_off_within_a_second() -> None:
    heater = Output()
    heater.permit(hold())
    heater.pin.value = 1.0
    heater.run(1.1)
    assert heater.pin.value == 0.0


def test_a_switch_off_that_failed_is_tried_again_with_each_permit() -> None:
    heater = Output()
    heater.set(128.0)
    heater.pin.broken = True
    heater.permit(hold())
    assert heater.pin.value == 128.0
    heater.pin.broken = False
    heater.permit(hold())
    assert heater.pin.value == 0.0


def test_without_a_permit_a_heater_is_not_driven() -> None:
    heater = Output(needs_permit=True)
    answer = heater.ask(128.0)
    assert answer not in heater.answers
    heater.run(0.2)
    assert SILENT in refused(heater.answers[answer])
    assert heater.pin.told == [0.0]


def test_a_permit_that_runs_out_switches_the_heater_off(log: Logbook) -> None:
    heater = Output(needs_permit=True)
    heater.permit()
    heater.set(128.0)
    heater.run(1.4)
    assert heater.pin.value == 128.0
    heater.run(0.1)
    assert heater.pin.value == 0.0
    assert log.of(events.OUTPUT_SAFE)[-1]["reason"] == SILENT


def test_the_heater_stays_off_when_permits_come_again() -> None:
    heater = Output(needs_permit=True)
    heater.permit()
    heater.set(128.0)
    heater.run(2.0)
    heater.permit()
    heater.run(1.0)
    assert heater.pin.value == 0.0
    heater.permit()
    assert heater.set(64.0) == 64.0


def test_a_permit_taken_back_switches_off_at_once() -> None:
    heater = Output(needs_permit=True)
    heater.permit()
    heater.set(128.0)
    heater.permit(seconds=0.0)
    assert heater.pin.value == 0.0


def test_a_late_permit_of_an_earlier_generation_counts_for_nothing() -> None:
    heater = Output(needs_permit=True)
    heater.permit(hold(), generation=2)
    heater.permit(generation=1)
    refused(heater.set(128.0))


def test_the_first_permit_of_a_new_generation_switches_off_since_nobody_looked_in_between() -> None:
    heater = Output(needs_permit=True)
    heater.permit()
    heater.set(128.0)
    heater.permit(generation=2)
    assert heater.pin.value == 0.0
    heater.permit(generation=2)
    assert heater.set(64.0) == 64.0
    fan = Output(FAN)
    fan.set(128.0)
    fan.permit(generation=2)
    fan.permit(generation=3)
    assert fan.pin.value == 128.0


def test_a_switch_off_without_permit_that_fails_is_tried_again_without_spinning() -> None:
    heater = Output(needs_permit=True)
    heater.permit()
    heater.set(128.0)
    heater.pin.broken = True
    begun = heater.clock.monotonic()
    ticks = 0
    while heater.clock.monotonic() < begun + 3.0:
        heater.run(max(heater.actor.actor_inbox.wake_at - heater.clock.monotonic(), 0.0) + 1e-9)
        ticks += 1
    assert ticks < 60
    heater.pin.broken = False
    heater.run(0.2)
    assert heater.pin.value == 0.0


def test_a_set_point_waits_a_moment_for_an_interlock_that_clears_itself() -> None:
    heater = Output()
    heater.permit(hold(latched=False, name="fan_needed"))
    answer = heater.ask(128.0)
    heater.permit(hold(latched=False, name="fan_needed"))
    assert answer not in heater.answers
    heater.permit()
    assert heater.answers[answer] == 128.0


def test_another_command_ends_the_wait_and_is_not_overtaken() -> None:
    heater = Output()
    heater.permit(hold(latched=False))
    first = heater.ask(128.0)
    assert heater.set(0.0) == 0.0
    refused(heater.answers[first])
    heater.permit()
    assert heater.pin.value == 0.0


def test_a_trip_that_yields_switches_off_once_and_refuses_nothing() -> None:
    heater = Output()
    heater.set(128.0)
    nobody = hold(name="idle", latched=False, yields=True)
    heater.permit(nobody)
    assert heater.pin.value == 0.0
    assert heater.set(64.0) == 64.0
    heater.permit(nobody)
    heater.run(2.0)
    assert heater.pin.value == 64.0


@pytest.mark.parametrize(("asked", "made"), [(255.0, 127.5), (127.5, 127.5), (100.0, 100.0)])
def test_max_duty_clamps_the_set_point_and_says_so(asked: float, made: float, log: Logbook) -> None:
    heater = Output(change(HEATER, ceiling=127.5))
    assert heater.set(asked) == made
    assert len(log.of(events.SET_POINT_CLAMPED)) == (asked != made)
