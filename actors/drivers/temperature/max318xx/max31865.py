"""MAX31865 (Maxim 19-6478): a PT100 or PT1000 with 2, 3 or 4 wires against a reference resistor, so that the supply does not count. SPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.drivers.base import Channel, Value
from actors.drivers.temperature.max318xx.options import RtdOptions
from actors.drivers.temperature.max318xx.probe import judged
from actors.drivers.temperature.max318xx.spi import SpiSensor
from actors.drivers.temperature.pt100.platinum import temperature
from actors.errors import Fault, TransientError

CONFIG, RTD = 0x00, 0x01  # 19-6478, table 1
BIAS, ONE_SHOT, THREE_WIRES, TEST, CLEAR, HZ_50 = 0x80, 0x20, 0x10, 0x84, 0x02, 0x01  # bits of CONFIG (19-6478, table 2)
LIMITS: Final = (0x03, 0xFF, 0xFF, 0x00, 0x00)  # register, and the thresholds of power-up: none (19-6478, table 1)
SETTLING, CONVERSION, TESTING = 0.011, 0.068, 0.001  # s: input filter, one at 50 Hz, the wires (19-6478, electrical characteristics)


class MAX31865(SpiSensor):
    """Faults: `probe_open`, `probe_short`, `bridge_fault`. Raises TransientError `no_answer`, `settings_lost`, `bad_frame`."""

    chip = "MAX31865"
    channels = (Channel("temp", "°C", 0.03, 0.5, -200.0, 850.0), Channel("resistance", "Ω", 0.013))
    max_age = min_period = 0.25  # its current warms the probe
    Options = RtdOptions

    def connect(self) -> None:
        """Set the wires and the mains, and see that the chip keeps them: TransientError `no_answer`."""
        self.write(*LIMITS)
        self.write(CONFIG, self._settings | CLEAR)
        self._require("no_answer")

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `resistance` of one conversion, after a test of the wires: 0.1 s."""
        self._require("settings_lost")
        for step, wait in ((TEST, TESTING), (BIAS, SETTLING), (BIAS | ONE_SHOT, CONVERSION)):
            self.write(CONFIG, self._settings | step)
            self.clock.sleep(wait)
        data = self.read(RTD, 7)
        self._require("settings_lost", BIAS)
        self.write(CONFIG, self._settings | CLEAR)
        found = judged(data, self.options, self.place(self.options))
        if isinstance(found, Fault):
            return {"temp": found, "resistance": found}
        return {"temp": temperature(found / self.options.nominal, "iec60751"), "resistance": found}

    @property
    def _settings(self) -> int:
        return (THREE_WIRES if self.options.wires == 3 else 0) | (HZ_50 if self.options.mains == 50 else 0)  # noqa: PLR2004 - wires, Hz

    def _require(self, code: str, more: int = 0) -> None:
        try:
            self.require(CONFIG, bytes((self._settings | more,)), CLEAR | ONE_SHOT, code)
            self.require(LIMITS[0], bytes(LIMITS[1:]), 0, code)
        except TransientError:
            self.write(*LIMITS)
            self.write(CONFIG, self._settings | CLEAR)
            raise
