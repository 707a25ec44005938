"""What the chips on SPI have in common: where they are, and reading registers twice, since SPI has no acknowledge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from actors.drivers.base import SensorDriver
from actors.drivers.registers import confirmed
from actors.drivers.temperature.max318xx.place import SpiOptions
from actors.errors import PermanentError, TransientError


class SpiSensor(SensorDriver):
    """A chip on SPI. Nothing says on the bus whether it is there: a line of only ones or zeros is nobody."""

    on_i2c = False
    medium = "spi"
    Options = SpiOptions

    @classmethod
    def place(cls, options: Any) -> str:
        """Return the bus and chip select, as the log has it."""
        return f"SPI {options.spi}"

    def read(self, register: int | None, length: int) -> bytes:
        """Return bytes from a register on (None: the chip sends by itself). Raises TransientError `bad_frame`, PermanentError `no_spi`."""
        with self._said():
            return confirmed(self.bus, 0, None if register is None else bytes((register,)), length)

    def write(self, register: int, *values: int) -> None:
        """Set registers from `register` on; writing is told by bit 7."""
        with self._said():
            self.bus.transfer(0, bytes((register | 0x80, *values)))

    def require(self, register: int, wanted: bytes, mask: int, code: str) -> None:
        """Raise TransientError `code`, or `no_answer`, unless the chip holds what it was set to; `mask`: bits of no account in byte 0."""
        data = self.read(register, len(wanted))
        if (data[0] & ~mask, data[1:]) == (wanted[0], wanted[1:]):
            return
        if set(data) in ({0x00}, {0xFF}):
            raise self.nobody(data)
        raise TransientError(code, f"the {self.chip} at {self.place(self.options)} lost its settings (a power dip?), or is another chip")

    def nobody(self, data: bytes) -> TransientError:
        """Return the error of a line that says nothing."""
        return TransientError("no_answer", f"nobody answers at {self.place(self.options)}: only 0x{data[0]:02X} comes; not plugged in?")

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            text = f"{self.place(self.options)} cannot be used: {error.strerror} (dtparam=spi=on? group spi?)"
            raise PermanentError("no_spi", text, error.errno) from error
