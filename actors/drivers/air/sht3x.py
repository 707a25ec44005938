"""SHT3x (Sensirion SHT3x-DIS): relative humidity and temperature from one measurement, each with a checksum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.drivers.air.sensirion import words
from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import repeated
from actors.errors import DeviceError, PermanentError, from_os_error

MEASURE, STATUS, STOP = b"\x24\x00", b"\xf3\x2d", b"\x30\x93"
"""One measurement of high repeatability without clock stretching, status, end of periodic mode (SHT3x-DIS, 4.3, 4.8, 4.11)."""
HEATING, HEATER_OFF = 0x2000, b"\x30\x66"  # of the status, for tests alone; off (SHT3x-DIS, 4.10 and 4.11)
MEASURING: Final = 0.017  # s: 15 ms at most for high repeatability (SHT3x-DIS, table 4), and 1 ms at a low supply
RATED: Final = (-40.0, 125.0)
FULL: Final = 65535


class SHT3X(SensorDriver):
    """Every measurement is commanded, so that a power dip leaves nothing behind. Raises `wrong_chip`, `checksum`, `bad_frame`."""

    chip = "SHT3X"
    channels = (Channel("temp", "°C", 0.01, 0.2, *RATED), Channel("hum", "%RH", 0.01, 2.0, 0.0, 100.0))
    addresses = (0x44, 0x45)  # ADDR low, high
    max_age = min_period = 1.0  # measuring more often warms the chip

    def connect(self) -> None:
        """End what somebody left on, and refuse an SHT4X (PermanentError `wrong_chip`): our command would heat it."""
        try:
            repeated(self.bus, self.address, STATUS)
            if words(self.bus, self.address, 1)[0] & HEATING:
                repeated(self.bus, self.address, HEATER_OFF)
            self.bus.transfer(self.address, STOP)
            self.clock.sleep(0.002)
        except OSError as error:
            if from_os_error(error, "").code != "no_ack":
                raise
            if self._is_sht4x():
                text = f"config.py says SHT3X, found an SHT4x at 0x{self.address:02X}: write 'driver': 'SHT4X'"
                raise PermanentError("wrong_chip", text) from error
        self.measure()  # the checksums are what there is of an identity

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `hum` of one measurement: 17 ms."""
        repeated(self.bus, self.address, MEASURE)
        self.clock.sleep(MEASURING)
        hot, damp = words(self.bus, self.address, 2)
        celsius = 175 * hot / FULL - 45  # SHT3x-DIS, 4.13
        return {"temp": within(celsius, *RATED, self.chip), "hum": 100 * damp / FULL}

    def _is_sht4x(self) -> bool:
        try:
            self.bus.transfer(self.address, b"\x89")  # the serial number of an SHT4x; half a command for an SHT3x
            self.clock.sleep(0.01)
            return bool(words(self.bus, self.address, 2))
        except (OSError, DeviceError):
            return False
