"""SHT4x (Sensirion SHT40, SHT41, SHT43, SHT45): relative humidity and temperature from one measurement, each with a checksum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.drivers.air.sensirion import words
from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import repeated

MEASURE, SERIAL = b"\xfd", b"\x89"
"""High precision, serial number (SHT4x, table 7)."""
MEASURING: Final = 0.01
"""Seconds: 8.3 ms at most for high precision (SHT4x, table 4)."""
RATED: Final = (-40.0, 125.0)
FULL: Final = 65535


class SHT4X(SensorDriver):
    """Every measurement is commanded, so that a power dip leaves nothing behind. Raises `checksum`, `bad_frame`."""

    chip = "SHT4X"
    channels = (Channel("temp", "°C", 0.01, 0.2, *RATED), Channel("hum", "%RH", 0.01, 1.8, 0.0, 100.0))
    addresses = (0x44, 0x45, 0x46)  # part of the order number
    max_age = min_period = 1.0  # measuring more often warms the chip

    def connect(self) -> None:
        """Have its serial number, whose checksums only such a chip sends; another one does not acknowledge the command."""
        self._asked(SERIAL)

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `hum` of one measurement: 10 ms."""
        hot, damp = self._asked(MEASURE)
        percent = 125 * damp / FULL - 6  # SHT4x, 4.6: cropped to what humidity can be
        return {"temp": within(175 * hot / FULL - 45, *RATED, self.chip), "hum": min(100.0, max(0.0, percent))}

    def _asked(self, command: bytes) -> tuple[int, int]:
        repeated(self.bus, self.address, command)
        self.clock.sleep(MEASURING)
        first, second = words(self.bus, self.address, 2)
        return first, second
