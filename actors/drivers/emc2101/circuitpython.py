"""Our bus in the shape that CircuitPython libraries expect of `busio.I2C`, without Blinka's board detection."""

from __future__ import annotations

from typing import TypeAlias

from actors.drivers.base import Bus
from actors.drivers.registers import confirmed, repeated
from actors.errors import TransientError

Buffer: TypeAlias = bytes | bytearray | memoryview


class CircuitPythonI2C:
    """The five methods that `adafruit_bus_device` calls. Thread: the owner of the chip; OSError passes through unchanged.

    Every read is confirmed by a second one, and a write that is not acknowledged is done again, so it is for chips whose reads change
    nothing and whose writes set registers. A buffer is filled after the transfer, and no
    view of it is held meanwhile: libraries share one, and it could not grow when another library is imported.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def try_lock(self) -> bool:
        """Grant the lock at once: every call below is one transfer, and a chip has one owner."""
        return True

    def unlock(self) -> None:
        """Do nothing: see `try_lock`."""

    def writeto(self, address: int, buffer: Buffer, *, start: int = 0, end: int | None = None) -> None:
        """Write `buffer[start:end]`; an empty write asks for an acknowledge only."""
        repeated(self._bus, address, bytes(buffer[start:end]))

    def readfrom_into(self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None) -> None:
        """Fill `buffer[start:end]`."""
        self._fill(address, None, buffer, start, end)

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: Buffer,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Write, repeated start, read: one transfer. The two buffers may be the same object."""
        self._fill(address, bytes(out_buffer[out_start:out_end]), in_buffer, in_start, in_end)

    def _fill(self, address: int, data: bytes | None, buffer: bytearray, start: int, end: int | None) -> None:
        end = len(buffer) if end is None else end
        answer = confirmed(self._bus, address, data, end - start)
        if len(buffer) < end:  # assigning would make it longer
            raise TransientError("bad_frame", f"a buffer for {end} bytes has become {len(buffer)} bytes long during the transfer")
        buffer[start:end] = answer
