from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.air.aht.aht20 import AHT20
from actors.errors import PermanentError, TransientError
from tests.actors.drivers.fakebus import FakeBus, Script, no_ack
from tests.fakes import ManualClock

FRAME = bytes.fromhex("1C269A7642E776")
"""A frame with its checksum as printed on a public page about an AHT20 driver."""


def make(answers: Sequence[bytes | OSError], clock: ManualClock) -> tuple[AHT20, FakeBus]:
    bus = FakeBus(0x38, Script(answers))
    return AHT20(bus, 0x38, AHT20.Options(), clock), bus


def test_a_frame_of_seven_bytes_with_a_good_checksum_is_served(clock: ManualClock) -> None:
    sensor, bus = make([FRAME], clock)
    assert sensor.measure() == {"hum": pytest.approx(15.07940, abs=5e-4), "temp": pytest.approx(28.26672, abs=5e-5)}
    assert {sent.length for sent in bus.transfers if sent.data is None} == {7}


def test_a_wrong_checksum_is_an_error(clock: ManualClock) -> None:
    with pytest.raises(TransientError) as caught:
        make([FRAME[:6] + b"\x77"], clock)[0].measure()
    assert caught.value.code == "checksum"


@given(bit=st.integers(8, 55))
def test_any_single_wrong_bit_is_an_error(bit: int) -> None:
    damaged = (int.from_bytes(FRAME, "big") ^ 1 << (55 - bit)).to_bytes(7, "big")
    with pytest.raises(TransientError) as caught:
        make([damaged], ManualClock())[0].measure()
    assert caught.value.code == "checksum"


def test_a_checksum_that_is_wrong_twice_the_same_asks_whether_it_is_an_aht10(clock: ManualClock) -> None:
    with pytest.raises(TransientError, match="an AHT10 has none; is it one"):
        make([FRAME[:6] + b"\xff"], clock)[0].measure()


def test_an_aht10_is_found_out_by_how_it_starts(clock: ManualClock) -> None:
    commands: list[bytes | None] = []

    def answer(data: bytes | None, length: int) -> bytes:
        if not length:
            commands.append(data)
        return (b"\x18" if b"\xe1\x08\x00" in commands else b"\x10") * length

    bus = FakeBus(0x38, answer)
    with pytest.raises(PermanentError) as caught:
        AHT20(bus, 0x38, AHT20.Options(), clock).connect()
    assert caught.value.code == "wrong_chip"
    assert caught.value.message == "config.py says AHT20, found an AHT10 at 0x38: write 'driver': 'AHT10'"


def test_an_aht20_that_does_not_start_is_not_taken_for_an_aht10(clock: ManualClock) -> None:
    def refuse(data: bytes) -> None:
        if data[0] == 0xE1:
            raise no_ack()

    bus = FakeBus(0x38, Script([b"\x10"], refuse))
    with pytest.raises(TransientError) as caught:
        AHT20(bus, 0x38, AHT20.Options(), clock).connect()
    assert caught.value.code == "not_calibrated"
