"""BME280 (Bosch BST-BME280-DS002): a BMP280 that measures humidity, too."""

from __future__ import annotations

from typing import ClassVar

from actors.drivers.air.bmx280.bmp280 import BMP280
from actors.drivers.air.bmx280.calibration import Calibration
from actors.drivers.air.bmx280.start import ID
from actors.drivers.base import Channel, Value
from actors.errors import TransientError


class BME280(BMP280):
    """Raises as the BMP280."""

    chip = "BME280"
    channels: ClassVar[tuple[Channel, ...]] = (BMP280.channels[0], Channel("hum", "%RH", 0.01, 3.0, 0.0, 100.0), BMP280.channels[1])
    ids: ClassVar = {ID: (1, 0xFF, 0x60)}  # BST-BME280-DS002, 5.4.1
    length: ClassVar[int] = 8

    def _values(self, known: Calibration, data: bytes) -> dict[str, Value]:
        raw = int.from_bytes(data[6:8], "big")
        if raw == 0x8000:  # noqa: PLR2004 - humidity was skipped: its setting was lost (BST-BME280-DS002, 4.1)
            raise TransientError("settings_lost", f"the BME280 at 0x{self.address:02X} measured no humidity: a power dip?")
        values = super()._values(known, data)
        fine = known.fine(int.from_bytes(data[3:6], "big") >> 4)
        return {"temp": values["temp"], "hum": known.humidity(raw, fine), "pressure": values["pressure"]}
