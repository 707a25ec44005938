"""A Linux SPI device through `/dev/spidevB.S`: a bus of one chip, whose select line is held during a transfer."""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

SPEED: Final = 1_000_000
"""Hz: every chip here takes 5 MHz, and cables are long."""
SPI_IOC_MESSAGE_1, SPI_IOC_WR_MODE = 0x4020_6B00, 0x4001_6B01
"""Request numbers: one transfer, the mode (linux/spi/spidev.h)."""
_TRANSFER: Final = struct.Struct("=QQIIHBBBBBB")
"""`struct spi_ioc_transfer`: buffers, length, Hz, and what is 0 here but the bits per word (linux/spi/spidev.h)."""


class SpiBus:
    """Opened by the first transfer, with a descriptor of its own. Used by one thread; made without touching anything."""

    def __init__(self, place: str, folder: Path = Path("/dev"), mode: int = 1) -> None:
        self.node = folder / f"spidev{place}"
        self._mode = mode
        self._fd: int | None = None

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Send `data`, then zeros for as long as `length` bytes come; return these. Raises OSError as the kernel does."""
        import fcntl

        del address
        sent = (data or b"") + bytes(length)
        out, back = ctypes.create_string_buffer(sent, len(sent)), ctypes.create_string_buffer(len(sent))
        request = _TRANSFER.pack(ctypes.addressof(out), ctypes.addressof(back), len(sent), SPEED, 0, 8, 0, 0, 0, 0, 0)
        try:
            fcntl.ioctl(self._descriptor(), SPI_IOC_MESSAGE_1, request)
        except OSError:
            self.close()
            raise
        return back.raw[len(sent) - length :] if length else b""

    def close(self) -> None:
        """Close the descriptor; a later transfer opens a new one. May be called again, in any thread."""
        number, self._fd = self._fd, None
        if number is not None:
            with suppress(OSError):
                os.close(number)

    def _descriptor(self) -> int:
        import fcntl

        if self._fd is None:
            number = os.open(self.node, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.ioctl(number, SPI_IOC_WR_MODE, struct.pack("B", self._mode))
            except OSError:
                os.close(number)
                raise
            self._fd = number
        return self._fd
