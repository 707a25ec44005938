"""One of our buses in the shape that CircuitPython libraries expect of `busio.I2C`, without Blinka's board detection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from actors.errors import TransientError

Buffer: TypeAlias = bytes | bytearray | memoryview
Transfer: TypeAlias = Callable[[int, bytes | None, int], bytes]
"""Address, what to write (None: nothing), how many bytes to read: as `Bus.transfer`."""


class CircuitPythonI2C:
    """The five methods that `adafruit_bus_device` calls. Thread: the owner of the chip.

    A buffer is filled after the transfer, and no view of it is held meanwhile: libraries share one, and it could not grow then.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer

    def try_lock(self) -> bool:
        """Grant the lock at once: every call below is one transfer, and a chip has one owner. Waiting here would mix up buffers."""
        return True

    def unlock(self) -> None:
        """Do nothing: see `try_lock`."""

    def writeto(self, address: int, buffer: Buffer, *, start: int = 0, end: int | None = None) -> None:
        """Write `buffer[start:end]`. An empty write, which asks for an acknowledge, is granted: some adapters refuse it."""
        data = bytes(buffer[start:end])
        if data:
            self._transfer(address, data, 0)

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
        answer = self._transfer(address, data, end - start)
        if len(buffer) < end:  # assigning would make it longer
            raise TransientError("bad_frame", f"a buffer for {end} bytes has become {len(buffer)} bytes long during the transfer")
        buffer[start:end] = answer
