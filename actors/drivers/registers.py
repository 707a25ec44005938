"""Reading a chip that sends no checksum."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from actors.drivers.base import Bus
from actors.errors import TransientError, from_os_error

READS: Final = 3
"""Two that agree, and one more for a value that changed between them."""


def confirmed(bus: Bus, address: int, data: bytes | None, length: int) -> bytes:
    """Write `data` (None: nothing) and read `length` bytes, until two answers in a row are equal.

    A disturbed line garbles a transfer without any error, and half of all garbage is a plausible temperature.
    Only for reads that change nothing in the chip. Raises OSError as the bus does, TransientError `bad_frame`.
    """
    before = None
    for _ in range(READS):
        answer = bus.transfer(address, data, length)
        if len(answer) != length:
            raise TransientError("bad_frame", f"0x{address:02X} sent {len(answer)} bytes where {length} were asked for")
        if answer == before:
            return answer
        before = answer
    raise TransientError("bad_frame", f"0x{address:02X} answers something else each time: a bad contact, or a disturbed line")


def read_register(bus: Bus, address: int, register: int, length: int = 1) -> int:
    """Return a register of `length` bytes, most significant first, unsigned; raises as `confirmed` does."""
    return int.from_bytes(confirmed(bus, address, bytes((register,)), length), "big")


@contextmanager
def named(address: int) -> Iterator[None]:
    """Turn what the kernel says of a transfer into a DeviceError that names the chip."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, f"0x{address:02X}") from error
