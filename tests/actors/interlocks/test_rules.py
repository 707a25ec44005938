"""Each rule with its numbers, one sentence at a time."""

import pytest

from tests.actors.interlocks.rules_of import (
    CLIENT_LOST,
    FAN,
    FAN_NEEDED,
    HEATER,
    IDLE,
    LIMIT,
    MAX_DUTY,
    MAX_ON,
    RPM,
    RPM_NEEDED,
    STALE,
    Bench,
    change,
)


@pytest.mark.parametrize(("value", "tripped"), [(89.9, False), (90.0, False), (90.1, True)])
def test_a_limit_trips_beyond_its_threshold_and_not_on_it(value: float, tripped: bool) -> None:
    assert (Bench(LIMIT).read(value).trip is not None) is tripped
    below = change(LIMIT, above=None, below=-90.0)
    assert (Bench(below).read(-value).trip is not None) is tripped


def test_a_latched_limit_stays_tripped_until_it_is_reset() -> None:
    bench = Bench(LIMIT).read(91.0).read(20.0)

    assert bench.trip is not None
    assert bench.reset() is None
    assert bench.trip is None


def test_a_limit_is_not_reset_before_the_channel_is_back_by_the_hysteresis() -> None:
    bench = Bench(LIMIT).read(91.0).read(86.0)

    assert bench.reset() == "interlock too_hot cannot be reset yet: hot.temp is 86 °C, not yet below 85"
    assert bench.read(85.0).reset() is None


def test_a_failed_sensor_is_not_zero_degrees() -> None:
    below = Bench(change(LIMIT, above=None, below=5.0)).read(20.0).read(None)
    assert below.trip is None

    above = Bench(change(LIMIT, latched=False)).read(91.0).read(None)
    assert above.trip is not None
    reason = above.reset()
    assert reason is not None
    assert "when it was last read (no acknowledge)" in reason


def test_a_stale_channel_trips_when_its_seconds_are_over() -> None:
    bench = Bench(STALE).read(20.0)
    assert bench.due == 1005.0
    bench.pass_(4.9)
    assert bench.trip is None
    bench.pass_(0.1)
    assert bench.why == "hot.temp has given no good reading for 5 s (nothing was heard of it)"


def test_a_lost_sensor_stays_tripped_when_it_is_back_until_it_is_reset() -> None:
    bench = Bench(STALE).read(20.0).pass_(6.0)
    assert bench.reset() is not None
    assert bench.read(20.0).trip is not None
    assert bench.reset() is None


def test_a_sensor_that_was_never_there_trips_and_clears_itself_with_its_first_reading() -> None:
    bench = Bench(STALE).pass_(4.0)
    assert bench.tripped_at is None
    bench.pass_(1.0)
    assert bench.trip is not None
    assert not bench.trip.latched
    assert bench.read(20.0).tripped_at is None


def test_a_requirement_refuses_from_the_beginning_and_trips_only_over_an_output_that_is_on() -> None:
    bench = Bench(FAN_NEEDED).look()
    assert (bench.trip, bench.holds()) == (None, True)
    assert bench.drive(FAN, 21.0).holds() is False
    bench.drive(HEATER, 50.0).drive(FAN, 20.0)
    assert bench.why == "fan is 20 %, and must be above 20"


def test_a_fan_that_nobody_has_looked_at_for_its_seconds_does_not_run() -> None:
    bench = Bench(FAN_NEEDED).drive(FAN, 50.0).drive(HEATER, 50.0)
    assert bench.due is not None
    bench.now = bench.due
    assert bench.due == pytest.approx(1005.0, abs=0.01)
    assert bench.look().trip is not None


def test_one_failed_measurement_of_the_revolutions_is_forgiven_for_the_seconds() -> None:
    bench = Bench(RPM_NEEDED).read(900.0, RPM).drive(HEATER, 50.0).read(None, RPM)
    assert bench.trip is None
    bench.now += 5.1
    assert bench.look().trip is not None


def test_grace_delays_the_trip_but_not_the_refusal() -> None:
    bench = Bench(change(FAN_NEEDED, grace=3.0)).drive(FAN, 50.0).drive(HEATER, 50.0).drive(FAN, 0.0)
    assert (bench.trip, bench.holds(), bench.due) == (None, True, 1003.0)
    assert bench.pass_(2.9).trip is None
    assert bench.pass_(0.1).trip is not None


def test_an_output_that_is_on_too_long_is_switched_off() -> None:
    bench = Bench(MAX_ON).drive(HEATER, 1.0)
    assert bench.due == 4600.0
    assert bench.pass_(3599.0).trip is None
    assert bench.pass_(1.0).trip is not None
    assert bench.reset() is not None
    assert bench.drive(HEATER, 0.0).reset() is None


def test_a_break_begins_the_longest_time_anew_and_an_unknown_output_is_no_break() -> None:
    assert Bench(MAX_ON).drive(HEATER, 1.0).pass_(3000.0).drive(HEATER, 0.0).drive(HEATER, 1.0).pass_(3000.0).trip is None
    assert Bench(MAX_ON).drive(HEATER, 1.0).pass_(3000.0).drive(HEATER, None).drive(HEATER, 1.0).pass_(600.0).trip is not None


@pytest.mark.parametrize(("percent", "tripped"), [(50.0, False), (50.9, False), (51.1, True)])
def test_somebody_elses_duty_cycle_above_the_greatest_trips(percent: float, tripped: bool) -> None:
    assert (Bench(MAX_DUTY).drive(HEATER, percent).trip is not None) is tripped


def test_silence_of_all_clients_switches_off_what_is_on() -> None:
    bench = Bench(IDLE).drive(HEATER, 50.0)
    bench.asked = 1100.0
    bench.pass_(699.0)
    assert (bench.trip, bench.due) == (None, 1700.0)
    bench.pass_(1.0)
    assert bench.why == "no client has asked anything for 600 s"


def test_clients_that_drove_an_output_and_are_gone_switch_it_off() -> None:
    bench = Bench(CLIENT_LOST).drive(HEATER, 50.0)
    bench.gone = {HEATER.id: bench.now}
    assert bench.look().due == 1010.0
    assert bench.pass_(9.0).trip is None
    assert bench.pass_(1.0).trip is not None


def test_a_client_that_comes_back_in_time_keeps_its_output() -> None:
    bench = Bench(CLIENT_LOST).drive(HEATER, 50.0)
    bench.gone = {HEATER.id: bench.now}
    bench.pass_(9.0)
    bench.gone = {}
    assert bench.pass_(100.0).trip is None


def test_what_yields_holds_nothing_but_what_is_latched_does() -> None:
    assert IDLE.yields
    assert not change(IDLE, latched=True).yields
    assert not LIMIT.yields
