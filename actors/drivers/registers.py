"""Reading a chip that sends no checksum, over a line that may be disturbed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from actors.drivers.base import Bus
from actors.errors import TransientError, from_os_error

READS: Final = 3
"""Two that agree, and one more for a value that changed between them."""
TRIES: Final = 4
"""Of one transfer, at once: with 20 % that fail on a bad cable, one in 600 fails for good. A measurement has up to twenty."""
PASSING: Final = frozenset({"no_ack", "bus_io", "arbitration_lost"})
"""Codes of a transfer that the next one may make good."""


def repeated(bus: Bus, address: int, data: bytes | None = None, length: int = 0) -> bytes:
    """Do one transfer, again where it fails in passing: only what may be done twice, as setting a register. Raises as the last one."""
    for _ in range(TRIES - 1):
        try:
            return bus.transfer(address, data, length)
        except OSError as error:
            if from_os_error(error, "").code not in PASSING:
                raise
    return bus.transfer(address, data, length)


def confirmed(bus: Bus, address: int, data: bytes | None, length: int) -> bytes:
    """Write `data` (None: nothing) and read `length` bytes, until two answers in a row are equal.

    A disturbed line garbles a transfer without any error, and half of all garbage is a plausible temperature.
    Only for reads that change nothing in the chip; each is `repeated`. Raises OSError as the bus does, TransientError `bad_frame`.
    """
    before = None
    for _ in range(READS):
        answer = repeated(bus, address, data, length)
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
