"""What a sensor does about a chip that does not answer, answers nonsense, or is gone."""

import errno

import pytest

from actors.core import events
from actors.errors import BusError, DeviceError, PermanentError, TransientError
from actors.messages import Died, Measure
from actors.sensor import MAX_FAILURES, RETRIES, RETRY_PAUSE
from tests.actors.outputs.remote import of_type
from tests.actors.sensing import PERIOD, Bed, values

NAK = OSError(errno.ENXIO, "No such device or address")
GARBLED = TransientError("bad_frame", "the frame is garbled")
LOST: list[DeviceError | OSError] = [
    BusError("no_adapter", "the adapter has gone", errno.ENODEV),
    OSError(errno.ENODEV, "No such device"),
    PermanentError("wrong_chip", "another chip"),
    OSError(errno.EBUSY, "Device or resource busy"),
]


def died(bed: Bed) -> list[tuple[str, bool]]:
    return [(message.fault.code, message.expected) for message in of_type(Died)(bed.told.items)]


def test_a_passing_error_is_tried_again_and_nobody_hears_of_it(bed: Bed) -> None:
    bed.start()
    measured = len(bed.driver.measured)
    bed.driver.answers = [NAK, GARBLED, values(21.0)]
    bed.remote.advance(PERIOD)

    assert (bed.reading.values["temp"], len(bed.driver.measured) - measured) == (21.0, 1 + RETRIES)
    assert (bed.clock.slept.count(RETRY_PAUSE), bed.conditions(), bed.log.items) == (RETRIES, [], [])


def test_an_error_that_stays_is_the_outcome_in_the_place_of_a_reading(bed: Bed) -> None:
    bed.start()
    bed.next(NAK)

    assert (bed.failure.fault.code, bed.failure.fault.errno) == ("no_ack", errno.ENXIO)
    assert "0x48" in bed.failure.fault.message
    assert bed.failure.begun == 1000.0 + PERIOD < bed.failure.at


@pytest.mark.parametrize(
    "error", [OSError(errno.ETIMEDOUT, "timed out"), TransientError("bus_timeout", "timed out", errno.ETIMEDOUT)], ids=["os", "ours"]
)
def test_a_time_out_is_not_tried_again_at_once(bed: Bed, error: Exception) -> None:
    bed.start()
    measured = len(bed.driver.measured)
    bed.next(error)

    assert (len(bed.driver.measured) - measured, bed.failure.fault.code) == (1, "bus_timeout")


def test_a_sensor_that_fails_is_degraded_once_and_recovers_once(bed: Bed) -> None:
    bed.start()
    bed.next(NAK, NAK, values(), values())

    assert bed.conditions() == ["no_ack", None]
    assert bed.log.events() == [events.SENSOR_DEGRADED, events.SENSOR_RECOVERED]
    assert bed.log.items[0].items() >= {"error_code": "no_ack", "errno": errno.ENXIO, "actor": "t", "address": "0x48"}.items()


def test_a_sensor_whose_first_measurement_fails_does_not_serve_and_gives_up_its_chip(bed: Bed) -> None:
    bed.start(GARBLED)
    bed.remote.wait_for_end()

    assert [type(message) for message in bed.told.items] == [Died]
    assert (died(bed), bed.failure.fault.code, bed.log.events()) == ([("bad_frame", True)], "bad_frame", [])
    assert len(bed.driver.measured) == 1 + RETRIES


def test_a_sensor_that_fails_again_and_again_gives_up_its_chip_on_purpose(bed: Bed) -> None:
    bed.start()
    bed.next(*[NAK] * MAX_FAILURES)
    bed.remote.wait_for_end()

    assert (died(bed), bed.failure.fault.code, bed.closed != []) == ([("no_ack", True)], "no_ack", True)
    assert len(bed.driver.measured) == 1 + MAX_FAILURES * (1 + RETRIES)


@pytest.mark.parametrize("error", LOST, ids=lambda error: f"{type(error).__name__}-{error.errno}")
def test_what_no_other_try_can_help_ends_the_sensor_at_once(bed: Bed, error: DeviceError | OSError) -> None:
    bed.start()
    bed.next(error)
    bed.remote.wait_for_end()

    code = error.code if isinstance(error, DeviceError) else {errno.EBUSY: "kernel_owned", errno.ENODEV: "no_adapter"}[error.errno or 0]
    assert (died(bed), bed.failure.fault.code, len(bed.driver.measured)) == ([(code, True)], code, 2)


@pytest.mark.parametrize("error", LOST, ids=lambda error: f"{type(error).__name__}-{error.errno}")
def test_a_first_measurement_that_no_other_try_can_help_is_no_start(bed: Bed, error: DeviceError | OSError) -> None:
    bed.start(error)
    bed.remote.wait_for_end()

    assert ([type(message) for message in bed.told.items], len(bed.driver.measured)) == ([Died], 1)


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), SystemExit(1), KeyboardInterrupt()], ids=lambda error: type(error).__name__)
def test_a_bug_in_a_driver_ends_the_sensor_and_whoever_waits_reads_why(bed: Bed, error: BaseException) -> None:
    bed.start()
    bed.cell.wanted = True
    bed.next(error)
    bed.remote.wait_for_end()

    assert (died(bed), bed.failure.fault.code) == ([("internal_error", False)], "internal_error")
    assert type(error).__name__ in bed.failure.fault.message
    assert len(bed.news.items) == 1


def connect_with(bed: Bed, error: BaseException) -> None:
    def fail() -> None:
        raise error

    bed.driver.on_connect = fail


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [(NAK, "no_ack", True), (PermanentError("wrong_chip", "another"), "wrong_chip", True), (ValueError("bug"), "internal_error", False)],
    ids=["nak", "wrong", "bug"],
)
def test_a_chip_that_cannot_be_connected_is_no_start(bed: Bed, error: Exception, code: str, *, expected: bool) -> None:
    connect_with(bed, error)
    bed.start()
    bed.remote.wait_for_end()

    assert (died(bed), len(bed.told.items), bed.driver.measured, bed.cell.outcome) == ([(code, expected)], 1, [], None)
    assert len(bed.closed) == 1


def test_a_failure_answers_whoever_asked_before_it(bed: Bed) -> None:
    bed.start()
    asked = bed.clock.monotonic()
    bed.next(NAK)
    measured = len(bed.driver.measured)
    bed.remote.tell(Measure(asked, asked - 0.25, conversion=False))

    assert len(bed.driver.measured) == measured


def test_a_failure_does_not_answer_whoever_asks_after_it(bed: Bed) -> None:
    bed.start()
    bed.next(NAK)
    bed.driver.answers = [values(23.0)]
    bed.clock.advance(0.1)
    bed.want(age=10.0)

    assert bed.reading.values["temp"] == 23.0


def test_a_chip_that_never_answered_is_said_to_be_elsewhere_perhaps(bed: Bed) -> None:
    bed.advice = "or connected to another bus (/dev/i2c-3)"
    bed.start(NAK)
    [message] = [message.fault.message for message in of_type(Died)(bed.told.items)]
    assert message.endswith("not powered, not plugged in, or wrong address; or connected to another bus (/dev/i2c-3)")
