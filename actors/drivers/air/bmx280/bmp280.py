"""BMP280 (Bosch BST-BMP280-DS001): temperature and pressure, one commanded measurement (forced mode) at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from actors.drivers.air.bmx280.calibration import Calibration
from actors.drivers.air.bmx280.start import DATA, ID, MODE, NOTHING, loaded, require_model, started
from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import confirmed
from actors.errors import PermanentError, TransientError

RATED, HPA = (-40.0, 85.0), (300.0, 1100.0)
MEASURING: Final = 0.017
"""Seconds: 1.25 + 2.3 + (4 * 2.3 + 0.575) + 2.875 ms, temperature and humidity once, pressure four times (BST-BME280-DS002, 9.1)."""


class BMP280(SensorDriver):
    """Raises `wrong_chip`, `not_calibrated`, `settings_lost`, `not_converted`, `bad_frame`."""

    chip = "BMP280"
    channels: ClassVar[tuple[Channel, ...]] = (Channel("temp", "°C", 0.01, 1.0, *RATED), Channel("pressure", "hPa", 0.01, 1.0, *HPA))
    addresses = (0x76, 0x77)  # SDO at ground, at the supply
    max_age = min_period = 1.0
    ids: ClassVar = {ID: (1, 0xFF, 0x58)}  # BST-BMP280-DS001, 4.3.1
    length: ClassVar[int] = 6
    _calibration: Calibration | None = None

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), reset this one, and take over its calibration, confirmed."""
        require_model(self.bus, self.address, self.chip, self.ids, PermanentError)
        self._calibration = started(self.bus, self.address, self.clock, humid=self.length > 6)  # noqa: PLR2004 - with two bytes of humidity

    def measure(self) -> Mapping[str, Value]:
        """Return every channel of one measurement: 17 ms."""
        require_model(self.bus, self.address, self.chip, self.ids, TransientError)
        humid = self.length > 6  # noqa: PLR2004 - with two bytes of humidity
        if (known := loaded(self.bus, self.address, humid=humid)) != self._calibration:
            self._calibration = None
            self.connect()
            raise TransientError("settings_lost", f"the {self.chip} at 0x{self.address:02X} has another calibration: was it replaced?")
        self.bus.transfer(self.address, bytes((0xF2, 1, *MODE)) if humid else bytes(MODE))
        self.clock.sleep(MEASURING)
        return self._values(known, self._data())

    def _data(self) -> bytes:
        status, control = confirmed(self.bus, self.address, b"\xf3", 2)
        if control | 0x03 != MODE[1] | 0x03:
            raise TransientError("settings_lost", f"the {self.chip} at 0x{self.address:02X} lost its settings: a power dip?")
        data = confirmed(self.bus, self.address, bytes((DATA,)), self.length)
        if status & 0x08 or data[:3] == NOTHING or data[3:6] == NOTHING:
            raise TransientError("not_converted", f"the {self.chip} at 0x{self.address:02X} has measured nothing")
        return data

    def _values(self, known: Calibration, data: bytes) -> dict[str, Value]:
        fine = known.fine(int.from_bytes(data[3:6], "big") >> 4)
        hpa = known.pressure(int.from_bytes(data[:3], "big") >> 4, fine)
        return {"temp": within(fine / 5120, *RATED, self.chip), "pressure": within(hpa, *HPA, self.chip, 0.0, "hPa")}
