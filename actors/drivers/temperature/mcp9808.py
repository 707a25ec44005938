"""MCP9808 (Microchip DS25095): a temperature, converted by the chip on its own four times a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import read_register, require_ids, signed
from actors.errors import PermanentError, TransientError

CONFIG, AMBIENT = 0x01, 0x05  # DS25095, 5.1
IDS: Final = {0x06: (2, 0xFFFF, 0x0054), 0x07: (2, 0xFF00, 0x0400)}
"""Maker and device (DS25095, 5.1.4 and 5.1.5); the lower byte of the latter is a revision."""
SHUTDOWN: Final = 0x0100
CONVERSION: Final = 0.3
"""Seconds: 250 ms typical at the power-up resolution (DS25095, DC characteristics), and some more for a slow part."""
RATED: Final = (-40.0, 125.0)


class MCP9808(SensorDriver):
    """Reads only. Raises `wrong_chip`, `asleep`, `bad_frame`."""

    chip = "MCP9808"
    channels = (Channel("temp", "°C", 0.0625, 0.5, *RATED),)
    ids: ClassVar = IDS
    addresses = tuple(range(0x18, 0x20))  # A2, A1 and A0 (DS25095, table 3-1)
    max_age = min_period = 0.25
    lag = 2 * CONVERSION

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), then wait until this one has measured something."""
        require_ids(self.bus, self.address, self.chip, IDS, PermanentError)
        self.clock.sleep(CONVERSION)

    def measure(self) -> Mapping[str, Value]:
        """Return `temp`, or on which side of `RATED` it is."""
        require_ids(self.bus, self.address, self.chip, IDS, TransientError)
        if read_register(self.bus, self.address, CONFIG, 2) & SHUTDOWN:
            raise TransientError("asleep", f"the MCP9808 at 0x{self.address:02X} was put into shutdown mode: its temperature is an old one")
        code = self._code()
        if code == 0:  # 0 degC, or power came back just now: the register starts at 0
            self.clock.sleep(CONVERSION)
            code = self._code()
        return {"temp": within(code / 16, *RATED, "MCP9808")}

    def _code(self) -> int:
        """Return the 13 bits below three alarms (DS25095, 5.1.3)."""
        return signed(read_register(self.bus, self.address, AMBIENT, 2) & 0x1FFF, 13)
