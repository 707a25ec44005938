"""A heater's lease: renewed on proof of life only, latched when it ran out under heat, reset by whoever saw it."""

import pytest

from actors.core import events
from actors.messages import Died
from actors.outputs.lease import FRESH, LEASE
from tests.actors.outputs.driving import Output, Pins, code
from tests.actors.outputs.remote import of_type

OFF_LATE = LEASE + 0.1


@pytest.fixture
def heater(pins: Pins) -> Output:
    return pins.start(leased=True)


def let_it_run_out(heater: Output) -> None:
    heater.pins.clock.advance(OFF_LATE)
    heater.beat()


def held(heater: Output) -> str:
    assert heater.cell.lease is not None
    return heater.cell.lease.state


def test_heartbeats_keep_the_heater_on(heater: Output) -> None:
    heater.set(128)
    for _ in range(20):
        heater.pins.clock.advance(0.25)
        heater.beat()
    assert (heater.read_back(), held(heater)) == (128.0, "held")


def test_without_heartbeats_the_heater_goes_off_though_its_actor_is_busy(heater: Output) -> None:
    heater.set(128)
    for _ in range(25):
        heater.pins.clock.advance(0.1)
        heater.read_back()
    assert heater.off


def test_a_heartbeat_that_waited_too_long_proves_nothing(heater: Output) -> None:
    heater.set(128)
    for _ in range(25):
        heater.pins.clock.advance(0.1)
        heater.beat(age=FRESH + 0.01)
    assert heater.off


def test_a_lease_that_ran_out_under_heat_is_one_critical_record_and_a_condition(heater: Output) -> None:
    heater.set(128)
    let_it_run_out(heater)
    heater.beat()
    heater.look()
    (record,) = heater.pins.log.of(events.LEASE_EXPIRED)
    assert (record["level"], record["actor"], record["value"]) == ("critical", "heater", 0.0)
    assert (held(heater), heater.cell.read_back, heater.cell.safe_reason) == ("expired", 0.0, "lease_expired")
    assert heater.pins.conditions() == ["lease_expired"]
    assert heater.pins.log.of(events.OUTPUT_FAULT) == []


def test_the_next_set_point_is_refused_and_told_how_to_reset(heater: Output) -> None:
    heater.set(128)
    let_it_run_out(heater)
    answer = heater.set(140)
    assert code(answer) == "lease_expired"
    assert "set it to 0 first, or run `pilotage reset heater`" in answer.message
    assert heater.off
    assert code(heater.set(140)) == "lease_expired"


def test_setting_the_safe_value_is_never_refused_and_resets(heater: Output) -> None:
    heater.set(128)
    let_it_run_out(heater)
    assert heater.set(0) == 0.0
    assert held(heater) == "held"
    assert heater.set(140) == 140.0
    assert heater.pins.conditions() == ["lease_expired", None]
    assert len(heater.pins.log.of(events.LEASE_RESET)) == 1


def test_a_reset_allows_the_heater_to_be_driven_and_does_not_drive_it(heater: Output) -> None:
    heater.set(128)
    let_it_run_out(heater)
    assert heater.reset_lease() == {"output": "heater", "lease": "held"}
    assert heater.off
    assert heater.set(140) == 140.0


def test_a_lease_that_ran_out_while_the_heater_was_off_is_recorded_and_held_again(heater: Output) -> None:
    let_it_run_out(heater)
    assert [record["level"] for record in heater.pins.log.of(events.LEASE_EXPIRED)] == ["warning"]
    assert held(heater) == "held"
    assert heater.cell.lease is not None
    assert heater.cell.lease.trips == 1
    assert heater.set(140) == 140.0


def test_a_latched_lease_stays_latched_over_generations(heater: Output) -> None:
    heater.set(128)
    let_it_run_out(heater)
    heater.remote.stop()
    heater.pins.clock.advance(1.0)
    again = heater.pins.start(leased=True)
    assert code(again.set(140)) == "lease_expired"
    assert again.set(0) == 0.0
    assert again.set(140) == 140.0


def test_a_lease_that_ran_out_while_no_actor_was_there_is_held_again_by_the_next(heater: Output) -> None:
    heater.set(128)
    heater.remote.stop()
    assert heater.off
    heater.pins.clock.advance(OFF_LATE)
    again = heater.pins.start(leased=True)
    assert (held(again), again.off) == ("held", True)
    assert again.set(140) == 140.0


def test_a_lease_that_ran_out_before_the_connection_was_lost_is_latched_by_the_next_generation(heater: Output) -> None:
    heater.set(128)
    heater.pins.clock.advance(OFF_LATE)  # the process stood still in the middle of a call to pigpiod
    heater.pins.break_pigpiod("drop")
    heater.beat()
    heater.remote.wait_for_end()
    heater.pins.repair_pigpiod()
    again = heater.pins.start(leased=True)
    assert (held(again), again.off) == ("expired", True)
    assert [record["level"] for record in heater.pins.log.of(events.LEASE_EXPIRED)] == ["critical"]
    assert code(again.set(140)) == "lease_expired"
    assert again.set(0) == 0.0
    assert again.set(140) == 140.0


def test_pigpiod_gone_is_noticed_by_the_next_heartbeat(heater: Output) -> None:
    heater.set(128)
    heater.pins.break_pigpiod("gone", level=1)
    heater.beat()
    heater.remote.wait_for_end()
    assert [death.fault.code for death in of_type(Died)(heater.pins.told.items)] == ["gpio_unavailable"]


def test_without_any_heartbeat_the_output_itself_notices_that_its_lease_ran_out(heater: Output) -> None:
    heater.set(128)
    for _ in range(3):
        heater.look()
    assert (held(heater), heater.pins.conditions()) == ("expired", ["lease_expired"])
    assert heater.pins.log.of(events.OUTPUT_CHANGED) == []


def test_a_ramp_ends_with_the_lease(pins: Pins) -> None:
    heater = pins.start(leased=True, ramp=1.0)
    heater.set(200)
    heater.remote.advance(0.5)
    let_it_run_out(heater)
    heater.remote.advance(1.0)
    assert code(heater.set(140)) == "lease_expired"
    assert heater.off
    heater.reset_lease()
    heater.remote.advance(1.0)
    assert heater.off
