"""Verify heater and stuck on: when they arm, when they are satisfied, when they trip."""

import math

import pytest

from tests.actors.interlocks.rules_of import FAN, HEATER, PROGRESS, STUCK_ON, Bench


def rested(temperature: float = 22.0) -> Bench:
    """A bench whose heater has been off for ten minutes."""
    return Bench(PROGRESS).read(temperature).pass_(600.0, read=temperature)


def test_a_heater_that_does_not_heat_trips_after_sixty_seconds() -> None:
    bench = rested().drive(HEATER, 20.0)
    assert bench.state.armed
    begun = bench.now
    bench.pass_(59.9, read=22.0)
    assert bench.trip is None
    bench.pass_(0.1)
    assert bench.tripped_at == begun + 60.0
    assert bench.why.startswith("heater has been at 20 % or more for 60 s, but hot.temp went from 22 to 22 °C, less than 2 more")


def test_two_degrees_satisfy_it_for_good() -> None:
    bench = rested().drive(HEATER, 20.0).pass_(59.0, read=22.0).read(24.0)
    assert not bench.state.armed
    assert bench.pass_(3600.0, read=20.0).trip is None


def warm(temperature: float) -> Bench:
    """A bench that was cold at 22 degrees, and has been brought to `temperature` with less than 20 %."""
    return rested(22.0).drive(HEATER, 10.0).read(temperature)


@pytest.mark.parametrize("percent", [0.0, 10.0, 19.9])
def test_below_twenty_percent_nothing_is_expected(percent: float) -> None:
    assert rested().drive(HEATER, percent).pass_(3600.0, read=22.0).trip is None


def test_going_below_twenty_percent_ends_the_verification_and_crossing_it_again_begins_a_new_one() -> None:
    bench = rested().drive(HEATER, 50.0).pass_(59.0, read=22.0).drive(HEATER, 10.0).pass_(100.0, read=22.0)
    assert bench.trip is None
    bench.drive(HEATER, 50.0).pass_(59.0, read=22.0)
    assert bench.trip is None
    assert bench.pass_(1.0, read=22.0).trip is not None


@pytest.mark.parametrize(("above", "armed"), [(4.9, True), (5.0, False), (40.0, False)])
def test_it_does_not_arm_where_the_channel_is_hot_already(above: float, armed: bool) -> None:
    bench = warm(22.0 + above).drive(HEATER, 50.0)
    assert bench.state.armed is armed


def test_ten_minutes_of_duty_0_teach_a_new_cold_value() -> None:
    bench = rested(22.0).pass_(600.0, read=30.0).drive(HEATER, 50.0)
    assert bench.state.armed
    assert bench.pass_(60.0, read=30.0).trip is not None


def test_a_bench_that_was_hot_when_the_daemon_started_and_is_cooling_is_not_verified() -> None:
    bench = Bench(PROGRESS).read(60.0).pass_(3.0, read=lambda t: 60.0 - t / 2).drive(HEATER, 50.0)
    assert not bench.state.armed


def test_a_channel_still_warm_from_before_trips_once_it_has_cooled_to_a_degree_above_cold() -> None:
    """A heater that came off while the channel was 4 degrees warm: cooling with the bench's 60 s."""
    bench = warm(26.0).drive(HEATER, 50.0)
    begun = bench.now
    bench.pass_(300.0, read=lambda t: 22.0 + 4.0 * math.exp(-t / 60.0))
    assert bench.tripped_at == pytest.approx(begun + 60.0 * math.log(4.0), abs=1.0)


def test_a_heater_that_cannot_be_verified_because_the_channel_is_not_read_trips() -> None:
    bench = rested().drive(HEATER, 50.0).pass_(60.0)
    assert "could not be read" in bench.why


def test_it_can_be_reset_when_the_heater_is_off() -> None:
    bench = rested().drive(HEATER, 50.0).pass_(60.0, read=22.0)
    assert bench.reset() is not None
    assert bench.drive(HEATER, 0.0).reset() is None


def off(seconds: float = 120.0) -> Bench:
    """A bench whose heater has just been switched off, after which so many seconds passed."""
    return Bench(STUCK_ON).drive(HEATER, 50.0).read(40.0).drive(HEATER, 0.0).pass_(seconds, read=22.0)


def test_a_heater_that_heats_while_it_is_off_trips_on_five_degrees_within_a_minute() -> None:
    bench = off(121.0)
    assert bench.state.armed
    bench.pass_(59.0, read=lambda t: 22.0 + t * 5.0 / 60.0)
    assert bench.trip is None
    bench.pass_(1.0, read=27.0)
    assert bench.why == "hot.temp rose from 22 to 27 °C although heater is off: switch the heater's supply off by hand"


def test_within_two_minutes_of_heating_a_rise_means_nothing() -> None:
    bench = off(60.0)
    bench.pass_(59.0, read=60.0)
    assert (bench.trip, bench.state.armed) == (None, False)


def test_a_fan_that_changes_begins_the_comparison_anew() -> None:
    bench = off().pass_(10.0, read=22.0).drive(FAN, 50.0).pass_(1.0, read=27.0)
    assert bench.trip is None
    assert bench.pass_(30.0, read=31.9).trip is None
    assert bench.pass_(1.0, read=32.0).trip is not None


def test_the_alarm_can_be_reset_when_the_rise_is_over() -> None:
    bench = off().pass_(10.0, read=lambda t: 22.0 + t)
    assert bench.reset() is not None
    assert bench.pass_(61.0, read=32.0).reset() is None
