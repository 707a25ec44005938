from collections.abc import Callable

import pytest

from actors.drivers.library.circuitpython import CircuitPythonI2C
from actors.errors import TransientError
from tests.actors.drivers.fakebus import FakeBus, Script, Transfer


def made(answer: bytes) -> tuple[CircuitPythonI2C, FakeBus]:
    bus = FakeBus(0x4C, Script([answer]))
    return CircuitPythonI2C(bus.transfer), bus


def test_a_part_of_a_buffer_is_written() -> None:
    i2c, bus = made(b"")
    i2c.writeto(0x4C, bytearray(b"\x01\x02\x03\x04"), start=1, end=3)
    assert bus.transfers == [Transfer(0x4C, b"\x02\x03", 0)]


def test_an_empty_write_is_granted_without_any_transfer_since_some_adapters_refuse_it() -> None:
    i2c, bus = made(b"")
    i2c.writeto(0x4C, b"")
    assert bus.transfers == []


def test_a_part_of_a_buffer_is_filled() -> None:
    i2c, bus = made(b"\xaa\xbb")
    buffer = bytearray(4)
    i2c.readfrom_into(0x4C, buffer, start=1, end=3)
    assert buffer == b"\x00\xaa\xbb\x00"
    assert set(bus.transfers) == {Transfer(0x4C, None, 2)}


def test_one_buffer_may_serve_both_directions_in_one_transfer() -> None:
    bus = FakeBus(0x4C, Script([b"\xbb\xbb"]))
    buffer = bytearray(b"\x03\x00\x00")
    CircuitPythonI2C(bus.transfer).writeto_then_readfrom(0x4C, buffer, buffer, out_end=1, in_start=1)
    assert buffer == b"\x03\xbb\xbb"
    assert set(bus.transfers) == {Transfer(0x4C, b"\x03", 2)}


def during(act: Callable[[], object]) -> CircuitPythonI2C:
    """Return a bus on which something happens while a transfer is under way."""

    def answer(_data: bytes | None, length: int) -> bytes:
        act()
        return b"\xbb" * length

    return CircuitPythonI2C(FakeBus(0x4C, answer).transfer)


@pytest.mark.parametrize("both", [True, False])
def test_a_buffer_may_grow_during_a_transfer_as_it_does_when_another_library_is_imported(both: bool) -> None:
    buffer = bytearray(b"\x03\x00\x00")
    i2c = during(lambda: buffer.extend(bytes(2)))
    if both:
        i2c.writeto_then_readfrom(0x4C, buffer, buffer, out_end=1, in_start=1)
    else:
        i2c.readfrom_into(0x4C, buffer, start=1)
    assert buffer == b"\x03\xbb\xbb" + bytes(2)


def test_a_buffer_that_has_become_too_short_is_an_error_and_is_not_made_longer() -> None:
    buffer = bytearray(3)
    with pytest.raises(TransientError) as caught:
        during(lambda: buffer.__delitem__(slice(1, None))).readfrom_into(0x4C, buffer)
    assert (caught.value.code, bytes(buffer)) == ("bad_frame", b"\x00")
