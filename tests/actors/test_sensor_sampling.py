"""When a sensor measures, and what it publishes."""

import math

import pytest

from actors.bench.devices import Calibration
from actors.core import events
from actors.errors import Fault
from actors.messages import News, Started
from tests.actors.sensing import LAG, PERIOD, Bed, values
from tests.fakes import ManualClock

START = 1000.0


def test_a_sensor_serves_only_when_it_has_a_first_measurement(bed: Bed) -> None:
    bed.start()

    assert (bed.told.items, bed.published) == ([Started("t", 3, {"channels": ["temp", "volt"]})], [True])


def test_the_address_is_claimed_then_the_chip_connected_then_measured(bed: Bed) -> None:
    order: list[object] = []
    bed.on_claim = order.append
    bed.driver.on_connect = lambda: order.append(("connect", len(bed.driver.measured)))
    bed.start()

    assert (order, len(bed.driver.measured)) == ([0x48, ("connect", 0)], 1)


def test_it_samples_in_the_background_once_each_period(bed: Bed) -> None:
    bed.start()
    for _ in range(12):
        bed.remote.advance(PERIOD / 4)

    assert bed.driver.measured == [START, START + 1, START + 2, START + 3]


def test_the_period_of_a_chip_that_converts_on_its_own_runs_from_the_reading(lagging: Bed) -> None:
    lagging.start()
    lagging.remote.advance(PERIOD - LAG)
    early = list(lagging.driver.measured)
    lagging.remote.advance(LAG)

    assert (early, len(lagging.driver.measured)) == ([START], 2)


def test_a_measurement_longer_than_its_period_still_lets_messages_through(bed: Bed) -> None:
    bed.driver.takes = 5 * PERIOD
    bed.start()
    bed.remote.stop()

    assert bed.told.items[-1].fault.code == "stopped"


def test_a_reading_of_a_chip_that_converts_on_its_own_may_be_as_old_as_its_lag(lagging: Bed) -> None:
    lagging.start()

    assert (lagging.reading.begun, lagging.reading.at) == (START - LAG, START)


def test_a_request_for_something_newer_is_measured_at_once(bed: Bed) -> None:
    bed.start()
    bed.clock.advance(0.5)
    bed.want()

    assert bed.driver.measured == [START, START + 0.5]


def test_requests_of_the_same_moment_share_one_measurement(bed: Bed) -> None:
    bed.start()
    bed.clock.advance(0.5)
    for _ in range(5):
        bed.want()

    assert bed.driver.measured == [START, START + 0.5]


def test_a_measurement_on_demand_puts_off_the_next_background_sample(bed: Bed) -> None:
    bed.start()
    bed.clock.advance(0.5)
    bed.want()
    bed.remote.advance(0.9)
    early = list(bed.driver.measured)
    bed.remote.advance(0.1)

    assert (early, bed.driver.measured[2:]) == ([START, START + 0.5], [START + 1.5])


def test_a_new_conversion_of_a_chip_that_converts_on_its_own_is_read_once_its_lag_is_over(lagging: Bed) -> None:
    lagging.start()
    lagging.clock.advance(0.1)
    asked = lagging.clock.monotonic()
    lagging.want(conversion=True)
    lagging.remote.advance(LAG - 0.01)
    early = list(lagging.driver.measured)
    lagging.remote.advance(0.02)

    assert (early, len(lagging.driver.measured)) == ([START], 2)
    assert asked <= lagging.reading.begun <= asked + 0.02


def test_requests_that_wait_for_a_new_conversion_share_it(lagging: Bed) -> None:
    lagging.start()
    lagging.clock.advance(0.1)
    for _ in range(3):
        lagging.want(conversion=True)
    lagging.remote.advance(LAG + 0.01)
    lagging.remote.advance(0.1)

    assert len(lagging.driver.measured) == 2


def test_a_request_in_between_does_not_cancel_a_conversion_that_is_waited_for(lagging: Bed) -> None:
    lagging.start()
    lagging.clock.advance(0.1)
    asked = lagging.clock.monotonic()
    lagging.want(conversion=True)
    lagging.clock.advance(0.1)
    lagging.want()
    lagging.remote.advance(LAG - 0.1 + 0.01)

    assert len(lagging.driver.measured) == 3
    assert lagging.reading.begun >= asked


def test_the_gateway_is_told_of_news_only_when_it_waits_and_once(bed: Bed) -> None:
    bed.start()
    bed.next(values(21.0))
    unasked = bed.news.items
    bed.cell.wanted = True
    bed.next(values(22.0), values(23.0))

    assert (unasked, bed.news.items, bed.cell.wanted) == ([], [News("t")], False)


def test_a_calibration_changes_the_values_of_its_channel_and_keeps_the_raw_ones(bed: Bed) -> None:
    bed.start(values(20.0), calibration={"temp": Calibration(offset=-1.0, scale=1.1)})

    assert (bed.reading.values, bed.reading.raw) == ({"temp": pytest.approx(21.0), "volt": 3.3}, values(20.0))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_a_fault_of_its_channel_alone(bed: Bed, number: float) -> None:
    bed.start(values(20.0, number))
    bed.next(*[values(20.0, number)] * 5)

    fault = bed.reading.values["volt"]
    assert isinstance(fault, Fault)
    assert (fault.code, bed.reading.values["temp"], bed.conditions()) == ("bad_frame", 20.0, [])


def test_a_channel_fault_is_recorded_once_its_change_again_and_its_end_once(bed: Bed) -> None:
    opened, shorted = Fault("diode_open", "open"), Fault("diode_short", "short")
    bed.start(values(20.0, opened))
    bed.next(values(20.0, opened), values(20.0, shorted), values(20.0, shorted), values(), values())

    told = [(record["event"], record["channel"], record.get("error_code")) for record in bed.log.items]
    assert told == [
        (events.CHANNEL_FAULT, "volt", "diode_open"),
        (events.CHANNEL_FAULT, "volt", "diode_short"),
        (events.CHANNEL_RECOVERED, "volt", None),
    ]


def test_an_unknown_message_is_recorded_and_harms_nothing(bed: Bed, clock: ManualClock) -> None:
    bed.start()
    bed.remote.tell("what is this?")
    bed.next(values(25.0))

    assert (len(bed.log.of(events.INTERNAL_ERROR)), bed.reading.values["temp"]) == (1, 25.0)


def test_a_calibration_that_turns_a_channel_over_turns_its_ends_over(bed: Bed) -> None:
    hot = Fault("over_range", "the chip is hotter than it can tell")
    bed.start(values(20.0, hot), calibration={"volt": Calibration(scale=-1.0)})
    assert (bed.reading.values["volt"], bed.reading.raw["volt"]) == (Fault("under_range", hot.message), hot)
    bed.next(values(20.0, Fault("under_range", "colder")))
    assert bed.reading.values["volt"] == Fault("over_range", "colder")
