"""What an output does when it is told something."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.core import events
from actors.core.mailbox import Letter
from actors.messages import Claim, Done, ReadBack, Safe, SetPoint, Started
from actors.outputs.actor import CHECK_PERIOD
from tests.actors.outputs.driving import FAN, HEATER, VALVE, Pins, code
from tests.fakes import wait


def test_an_output_is_safe_before_it_serves(pins: Pins) -> None:
    pins.pi.write(23, 1)
    heater = pins.start()

    assert (heater.off, heater.cell.read_back, heater.cell.asked) == (True, 0.0, None)
    assert pins.told.items == [Started("heater", 1, {"frequency": None})]


@pytest.mark.parametrize("spec", [FAN, HEATER], ids=["hardware", "software"])
@pytest.mark.parametrize("value", [0, 1, 25.5, 127.5, 128, 254.99, 255])
def test_a_set_point_is_applied_and_answered_by_what_the_hardware_then_says(pins: Pins, spec: Any, value: float) -> None:
    output = pins.start(spec)

    assert output.set(value) == pytest.approx(value, abs=0.01)
    assert output.duty == pytest.approx(value / 255, abs=0.001)
    assert output.cell.read_back == pytest.approx(value, abs=0.01)
    assert output.cell.asked == value


@pytest.mark.parametrize(("asked", "made"), [(300.0, 255.0), (-5.0, 0.0), (1e300, 255.0)])
def test_a_set_point_beyond_the_limits_is_clamped_and_recorded(pins: Pins, asked: float, made: float) -> None:
    heater = pins.start()

    assert heater.set(asked) == made
    [record] = pins.log.of(events.SET_POINT_CLAMPED)
    assert (record["asked"], record["value"], record["client"]) == (asked, made, "10.0.0.7")


def test_each_change_is_recorded_with_its_client_and_a_repetition_is_not(pins: Pins) -> None:
    heater = pins.start()
    for value in (100, 100, 50):
        heater.set(value)

    told = [(record["before"], record["value"], record["client"], record["pin"]) for record in pins.log.of(events.SET_POINT)]
    assert told == [(0.0, 100.0, "10.0.0.7", "GPIO23"), (100.0, 50.0, "10.0.0.7", "GPIO23")]


def test_a_command_that_comes_too_late_is_refused_and_not_applied(pins: Pins) -> None:
    heater = pins.start()

    assert code(heater.set(200, expires=-0.001)) == "expired"
    assert (heater.off, len(pins.log.of(events.SET_POINT_REFUSED, error_code="expired"))) == (True, 1)


def test_a_command_whose_client_has_gone_is_dropped_in_silence(pins: Pins) -> None:
    heater = pins.start()

    assert heater.set(200, withdrawn=True) == []
    assert (heater.off, heater.cell.asked, pins.log.items) == (True, None, [])


def test_an_order_to_make_safe_turns_the_output_off_and_is_answered_and_recorded(pins: Pins) -> None:
    heater = pins.start()
    heater.set(200)

    assert heater.make_safe("off") == 0.0
    assert (heater.off, heater.cell.asked, heater.cell.safe_reason) == (True, 0.0, "off")
    assert len(pins.log.of(events.OUTPUT_SAFE, reason="off", value=0.0)) == 1


def test_while_the_daemon_ends_nobody_drives_an_output_any_more(pins: Pins) -> None:
    heater = pins.start()
    heater.set(200)
    heater.make_safe("stop")
    refused = code(heater.set(128))
    heater.look()

    assert (refused, heater.off, heater.cell.asked) == ("shutting_down", True, 0.0)
    assert heater.set(0) == 0.0
    assert code(heater.set(128)) == "shutting_down"


def test_a_set_point_that_waits_in_the_mailbox_when_the_daemon_ends_is_refused(pins: Pins) -> None:
    heater = pins.start()
    heater.set(200)
    gate, busy = threading.Event(), threading.Event()

    def hold(_done: Done) -> None:
        busy.set()
        wait(gate)

    heater.remote.inbox.put(Letter(ReadBack(1001, pins.clock.monotonic() + 9, hold)))
    wait(busy)
    heater.remote.inbox.put(Letter(SetPoint(1002, 200.0, pins.clock.monotonic() + 9, Claim(), "c", pins.done.add)))
    heater.remote.inbox.put(Letter(Safe("stop")))
    gate.set()
    heater.remote.settle()

    (answer,) = [done.result for done in pins.done.items if done.ticket == 1002]
    assert (code(answer), heater.off) == ("shutting_down", True)


def test_an_order_to_make_safe_overtakes_the_commands_that_wait(pins: Pins) -> None:
    heater = pins.start()
    gate, busy = threading.Event(), threading.Event()

    def hold(_done: Done) -> None:
        busy.set()
        wait(gate)

    heater.remote.inbox.put(Letter(ReadBack(1, pins.clock.monotonic() + 9, hold)))
    wait(busy)
    for ticket in range(2, 12):
        heater.remote.inbox.put(Letter(SetPoint(ticket, 200.0, pins.clock.monotonic() + 9, Claim(), "c", pins.done.add)))
    heater.remote.inbox.put(Letter(Safe("off", 99, pins.done.add)))
    gate.set()
    done = pins.done.wait_for_count(11)

    assert [entry.ticket for entry in done] == [99, *range(2, 12)]


def test_the_pin_of_an_output_that_is_active_low_rests_high(pins: Pins) -> None:
    valve = pins.start(VALVE, active_low=True)
    states = [valve.duty]
    valve.set(1)
    states.append(valve.duty)
    valve.make_safe()
    states.append(valve.duty)
    valve.remote.stop()

    assert (states, valve.duty) == ([1.0, 0.0, 1.0], 1.0)


def test_an_output_is_looked_at_once_a_second(pins: Pins) -> None:
    heater = pins.start()
    seen = []
    for _ in range(4):
        heater.remote.advance(CHECK_PERIOD / 2)
        seen.append(heater.cell.at)

    assert seen == [1000.0, 1001.0, 1001.0, 1002.0]


ACTIONS = st.one_of(
    st.tuples(st.just("set"), st.floats(-50, 400)),
    st.tuples(st.just("late"), st.floats(0, 255)),
    st.tuples(st.sampled_from(["safe", "look", "read"]), st.none()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, max_size=12))
def test_whatever_is_asked_the_heater_does_what_was_asked_last_and_off_is_off(pins: Pins, actions: list[tuple[str, Any]]) -> None:
    heater = pins.start()
    expected = 0.0
    for action, value in actions:
        match action:
            case "set":
                heater.set(value)
                expected = min(max(value, 0.0), 255.0)
            case "late":
                heater.set(value, expires=-1)
            case "safe":
                heater.make_safe()
                expected = 0.0
            case "look":
                heater.look()
            case _:
                heater.read_back()
        assert heater.off if expected == 0.0 else heater.duty == pytest.approx(max(expected / 255, 0.0005), abs=0.001)
    heater.remote.stop()

    assert heater.off
    assert pins.conditions() == []


@pytest.mark.parametrize("value", [0.4, 0.6])
def test_a_set_point_that_the_output_rounds_is_nobody_elses_doing(pins: Pins, value: float) -> None:
    valve = pins.start(VALVE)
    assert valve.set(value) == round(value)
    valve.look()
    assert (pins.conditions(), valve.cell.read_back) == ([], round(value))


@pytest.mark.parametrize(("low", "high"), [(10.0, 20.0), (-1.0, 1.0), (-10.0, 1.0)])
def test_an_on_off_output_whose_range_does_not_begin_at_0_is_off_at_0_and_known_to_be(pins: Pins, low: float, high: float) -> None:
    valve = pins.start(VALVE, min=low, max=high)
    assert (valve.off, valve.cell.read_back) == (True, 0.0)
    assert (valve.set(high), valve.duty) == (high, 1.0)
    assert (valve.make_safe(), valve.off) == (0.0, True)
    assert (valve.set(low), valve.off) == (0.0, True)
    valve.look()
    assert pins.conditions() == []
