"""MAX31855 (Maxim 19-5793): a thermocouple whose type is part of the chip's name, converted ten times a second. SPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.drivers.base import Channel, Value
from actors.drivers.ends import within
from actors.drivers.registers import signed
from actors.drivers.temperature.max318xx.options import FixedTypeOptions
from actors.drivers.temperature.max318xx.spi import SpiSensor
from actors.drivers.temperature.thermocouple import RANGES, hot_junction
from actors.errors import Fault, TransientError

FAULTS: Final = {
    1: ("probe_open", "is broken, or not connected"),
    2: ("probe_short", "touches ground"),
    4: ("probe_short", "touches the supply"),
}  # bits D2 to D0 (19-5793, table 4)
FAULTY, RESERVED = 0x0001_0000, 0x0002_0008
COLD: Final = (-40.0, 125.0)


class MAX31855(SpiSensor):
    """Read only. Raises TransientError `no_answer`, `bad_frame`; Faults `probe_open`, `probe_short`."""

    chip = "MAX31855"
    channels = (hot_junction("K", 0.25, 2.0), Channel("cold_junction", "°C", 0.0625, 2.0, *COLD))
    spi_mode = 0  # its first bit is there before the clock begins (19-5793, serial interface timing)
    max_age = min_period = 0.1
    lag = 0.2  # 100 ms at most for a conversion (19-5793, thermal characteristics)
    Options = FixedTypeOptions

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels, with the range of its type of thermocouple."""
        return hot_junction(options.type, 0.25, 2.0), cls.channels[1]

    def connect(self) -> None:
        """See that something answers that can be a MAX31855."""
        self._word()

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `cold_junction` of one conversion."""
        word = self._word()
        cold = within(signed(word >> 4 & 0xFFF, 12) / 16, *COLD, self.chip)
        if word & FAULTY or word & 0x7:
            code, text = next((each for bit, each in FAULTS.items() if word & bit), ("probe_open", "is broken"))
            return {"temp": Fault(code, f"the thermocouple of the MAX31855 {text}"), "cold_junction": cold}
        return {"temp": within(signed(word >> 18, 14) / 4, *RANGES[self.options.type], "thermocouple"), "cold_junction": cold}

    def _word(self) -> int:
        data = self.read(None, 4)
        if len(set(data)) == 1 and data[0] in {0x00, 0xFF}:
            raise self.nobody(data)
        word = int.from_bytes(data, "big")
        if word & RESERVED:
            raise TransientError("bad_frame", f"{self.place(self.options)} sent 0x{word:08X}, which no MAX31855 sends")
        return word
