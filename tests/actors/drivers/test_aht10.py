import errno
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.air.aht.aht10 import AHT10
from actors.drivers.air.aht.frame import decode
from actors.errors import Fault, TransientError
from tests.actors.drivers.fakebus import NO_ACK, FakeBus, Script, each_twice, no_ack
from tests.fakes import ManualClock

CALIBRATED = b"\x18"
UNCALIBRATED = b"\x10"
FRAME = bytes((0x18, 0x80, 0x00, 0x06, 0x00, 0x00))
"""50 %RH (code 0x80000) and 25 °C (code 0x60000), by the two formulas of the Technical Manual, 6."""


def make(answers: Sequence[bytes | OSError], clock: ManualClock, on_write: Callable[[bytes], None] | None = None) -> tuple[AHT10, FakeBus]:
    bus = FakeBus(0x38, Script(answers, on_write))
    return AHT10(bus, 0x38, AHT10.Options(), clock), bus


def test_one_frame_gives_humidity_and_temperature(clock: ManualClock) -> None:
    sensor, bus = make([FRAME], clock)
    assert sensor.measure() == {"hum": 50.0, "temp": 25.0}
    assert bus.writes == [b"\xac\x33\x00"]


def test_the_frame_printed_for_an_aht20_decodes_in_all_its_20_bits() -> None:
    # 1C 26 9A 76 42 E7: hum 0x269A7 / 2^20, temp 0x642E7 / 2^20 (a public AHT20 page; its six bytes are an AHT10's).
    values = decode(bytes.fromhex("1C269A7642E7"), "AHT10")
    assert values == {"hum": pytest.approx(15.07940, abs=5e-4), "temp": pytest.approx(28.26672, abs=5e-5)}


def test_the_bus_is_free_while_the_chip_measures(clock: ManualClock) -> None:
    moments: list[float] = []

    def answer(data: bytes | None, length: int) -> bytes:
        moments.append(clock.monotonic())
        return FRAME[:length]

    start = clock.monotonic()
    AHT10(FakeBus(0x38, answer), 0x38, AHT10.Options(), clock).measure()
    assert moments == [start, pytest.approx(start + 0.08), pytest.approx(start + 0.08)]


@pytest.mark.parametrize("number", [NO_ACK, errno.ENXIO])
def test_a_sibling_that_refuses_e1_gets_be(number: int, clock: ManualClock) -> None:
    def refuse(data: bytes) -> None:
        if data[0] == 0xE1:
            raise no_ack(number)

    sensor, bus = make(each_twice(UNCALIBRATED, CALIBRATED), clock, refuse)
    sensor.connect()
    assert bus.writes == [b"\xe1\x08\x00", b"\xbe\x08\x00"]


@pytest.mark.parametrize("number", [errno.EIO, errno.ETIMEDOUT])
def test_a_bus_failure_during_initialisation_is_not_taken_for_a_refusal(number: int, clock: ManualClock) -> None:
    sensor, bus = make([*each_twice(UNCALIBRATED), OSError(number, "bus")], clock)
    with pytest.raises(OSError, match="bus") as caught:
        sensor.connect()
    assert caught.value.errno == number
    assert bus.writes == [b"\xe1\x08\x00"]


def test_a_chip_that_refuses_both_commands_is_absent(clock: ManualClock) -> None:
    def refuse(data: bytes) -> None:
        raise no_ack()

    sensor, _ = make([UNCALIBRATED], clock, refuse)
    with pytest.raises(OSError, match="Remote I/O"):
        sensor.connect()


@pytest.mark.parametrize("status", [UNCALIBRATED, b"\x00"])
def test_a_chip_that_never_calibrates_is_an_error_in_bounded_time(status: bytes, clock: ManualClock) -> None:
    sensor, bus = make([status], clock)
    with pytest.raises(TransientError) as caught:
        sensor.connect()
    assert caught.value.code == "not_calibrated"
    assert bus.writes == [b"\xe1\x08\x00", b"\xbe\x08\x00"]
    assert sum(clock.slept) < 1.2


@pytest.mark.parametrize("status", [b"\x80", b"\x90"])
def test_a_chip_that_stays_busy_is_reset_and_an_error_if_that_does_not_help(status: bytes, clock: ManualClock) -> None:
    sensor, bus = make([status], clock)
    with pytest.raises(TransientError) as caught:
        sensor.connect()
    assert caught.value.code == "busy"
    assert bus.writes == [b"\xba", b"\xe1\x08\x00", b"\xbe\x08\x00"]
    assert sum(clock.slept) < 1.4


@pytest.mark.parametrize("stuck", [b"\x80", b"\x98"])
def test_a_chip_that_is_stuck_in_a_measurement_is_freed_by_a_reset(stuck: bytes, clock: ManualClock) -> None:
    sensor, bus = make([*each_twice(stuck, UNCALIBRATED, CALIBRATED), FRAME], clock)
    sensor.connect()
    assert bus.writes == [b"\xba", b"\xe1\x08\x00"]
    assert clock.slept == [0.1, 0.02, 0.01]
    assert sensor.measure() == {"hum": 50.0, "temp": 25.0}


def test_a_chip_that_lost_its_calibration_is_initialised_again_and_measures(clock: ManualClock) -> None:
    lost = b"\x10" + FRAME[1:]
    sensor, bus = make(each_twice(lost, UNCALIBRATED, CALIBRATED, FRAME), clock)
    assert sensor.measure() == {"hum": 50.0, "temp": 25.0}
    assert bus.writes == [b"\xac\x33\x00", b"\xe1\x08\x00", b"\xac\x33\x00"]


def test_a_chip_that_stays_busy_is_an_error_in_bounded_time(clock: ManualClock) -> None:
    sensor, _ = make([b"\x9c" + FRAME[1:]], clock)
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "busy"
    assert sum(clock.slept) == pytest.approx(0.11)


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff" * 6,  # nobody drives the data line
        bytes((0x18, 0, 0, 0, 0, 0)),  # 0 % and -50 °C: the frame of a chip that has not measured yet
        bytes((0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)),  # 100 % and 150 °C
        FRAME[:5],
    ],
)
def test_a_frame_without_a_measurement_is_an_error(frame: bytes, clock: ManualClock) -> None:
    sensor, _ = make([frame], clock)
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "bad_frame"


@pytest.mark.parametrize("byte", [0x18, 0x08, 0x7F])
def test_a_chip_that_sends_one_byte_again_and_again_is_another_one(byte: int, clock: ManualClock) -> None:
    sensor = AHT10(FakeBus(0x38, lambda _, length: bytes([byte]) * length), 0x38, AHT10.Options(), clock)
    sensor.connect()
    with pytest.raises(TransientError, match=f"sends 0x{byte:02X} again") as caught:
        sensor.measure()
    assert caught.value.code == "wrong_chip"


def test_a_garbled_frame_is_read_again(clock: ManualClock) -> None:
    garbled = FRAME[:2] + b"\x42" + FRAME[3:]
    sensor, _ = make([garbled, FRAME, FRAME], clock)
    assert sensor.measure() == {"hum": 50.0, "temp": 25.0}


@given(st.binary(min_size=6, max_size=6))
def test_any_frame_is_a_measurement_in_range_or_an_error(frame: bytes) -> None:
    try:
        values = decode(frame, "AHT10")
    except TransientError:
        return
    assert frame[0] & 0x08
    humidity, temperature = values["hum"], values["temp"]
    assert isinstance(humidity, float)
    assert 0 <= humidity <= 100
    assert temperature.side if isinstance(temperature, Fault) else -40.0001 <= temperature <= 85.0001


def frame_of(celsius: float, humidity: float = 50.0) -> bytes:
    return bytes((0x18,)) + (round(humidity / 100 * 2**20) << 20 | round((celsius + 50) / 200 * 2**20)).to_bytes(5, "big")


@pytest.mark.parametrize(
    ("celsius", "side", "message"),
    [
        (86.0, 1, "the AHT10 is hotter than it can tell: above 85 °C"),
        (149.9, 1, "the AHT10 is hotter than it can tell: above 85 °C"),
        (-41.0, -1, "the AHT10 is colder than it can tell: below -40 °C"),
    ],
)
def test_what_is_beyond_its_ends_says_on_which_side_and_leaves_the_humidity(
    celsius: float, side: int, message: str, clock: ManualClock
) -> None:
    sensor, _ = make([frame_of(celsius)], clock)
    values = sensor.measure()
    temperature = values["temp"]
    assert values["hum"] == 50.0
    assert isinstance(temperature, Fault)
    assert (temperature.side, temperature.message) == (side, message)
