"""MAX31856 (Maxim 19-7534): a thermocouple of any type, converted ten times a second, its wire tested meanwhile. SPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.drivers.base import Channel, Value
from actors.drivers.ends import within
from actors.drivers.registers import signed
from actors.drivers.temperature.max318xx.options import CoupleOptions
from actors.drivers.temperature.max318xx.probe import max31856_fault
from actors.drivers.temperature.max318xx.spi import SpiSensor
from actors.drivers.temperature.thermocouple import RANGES, hot_junction
from actors.errors import TransientError

CR0, COLD_HIGH = 0x00, 0x0A  # 19-7534, table 6
ALWAYS, TESTED, HZ_50 = 0x80, 0x10, 0x01  # of CR0: converts always, tests the wire in the background, mains (19-7534, table 6)
TYPES: Final = "BEJKNRST"  # in the order of bits 3:0 of CR1 (19-7534, table 7)
COLD, CONVERSION = (-55.0, 125.0), 0.22  # °C; s: 185 ms at most, and the test of the wire (19-7534, electrical characteristics)


class MAX31856(SpiSensor):
    """Raises TransientError `no_answer`, `settings_lost`, `bad_frame`; Faults `probe_open`, `probe_short`, `over_range`, `under_range`."""

    chip = "MAX31856"
    channels = (hot_junction("K", 1 / 128, 0.7), Channel("cold_junction", "°C", 1 / 64, 0.7, *COLD))
    max_age, min_period, lag = 0.1, 0.1, CONVERSION
    Options = CoupleOptions

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels, with the range of its type of thermocouple."""
        return hot_junction(options.type, 1 / 128, 0.7), cls.channels[1]

    def connect(self) -> None:
        """Set type and mode, see that the chip keeps them (TransientError `no_answer`), and wait until it has measured."""
        self._set()
        self.clock.sleep(2 * CONVERSION)
        self.require(CR0, self._wanted, 0, "no_answer")

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `cold_junction`. A chip that lost its settings is set up again: TransientError `settings_lost`."""
        data = self.read(COLD_HIGH, 6)
        try:
            self.require(CR0, self._wanted, 0, "settings_lost")  # last, so that it vouches for the others
        except TransientError:
            self._set()
            raise
        hot = within(signed(int.from_bytes(data[2:5], "big") >> 5, 19) / 128, *RANGES[self.options.type], "thermocouple")
        cold = within(signed(int.from_bytes(data[:2], "big") >> 2, 14) / 64, *COLD, self.chip)
        return {"temp": max31856_fault(data[5], cold=bool(data[2] & 0x80)) or hot, "cold_junction": cold}

    def _set(self) -> None:
        self.write(CR0, self._wanted[0] & ~ALWAYS)  # the mains are set while it does not convert
        self.write(CR0, *self._wanted)

    @property
    def _wanted(self) -> bytes:
        return bytes((ALWAYS | TESTED | {50: HZ_50, 60: 0}[self.options.mains], TYPES.index(self.options.type)))
