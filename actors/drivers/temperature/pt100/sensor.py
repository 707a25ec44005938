"""PT-100 in a voltage divider read by an ADS1115 (TI SBAS444): R = series * code / (rail - code), so only ratios matter."""

from __future__ import annotations

from collections.abc import Mapping

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.electric.ads1115.codes import GROUND, LSB
from actors.drivers.electric.ads1115.converter import ADS1115
from actors.drivers.temperature.pt100.bridge import resistance
from actors.drivers.temperature.pt100.options import PT100Options
from actors.drivers.temperature.pt100.platinum import temperature
from actors.errors import Fault, PermanentError


class PT100(SensorDriver):
    """No value is one `Fault` in both channels, `probe_open`, `probe_short`, `over_range` or `bridge_fault`: the chip itself is well.

    Raises `wrong_chip`, and TransientError `settings_lost`, `not_converted`, `bad_frame`.
    """

    chip = "PT-100"
    channels = (Channel("temp", "°C", 0.04, None, -200.0, 850.0), Channel("resistance", "Ω", 0.015))
    addresses = (0x48, 0x49, 0x4A, 0x4B)  # of the ADS1115: ADDR at ground, VDD, SDA, SCL
    max_age = 0.1  # the probe's own time constant is seconds
    min_period = 0.1
    Options = PT100Options

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), then prove by one conversion that this one does as it is told."""
        self._adc.check(PermanentError)
        self._adc.convert(GROUND + int(self.options.probe_input[-1]))

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `resistance` of one conversion: 9 ms at 128 samples per second, twice that with `rail_input`."""
        code = self._adc.convert(GROUND + int(self.options.probe_input[-1]))
        rail = self.options.rail_voltage / LSB
        if self.options.rail_input is not None:
            rail = self._adc.convert(GROUND + int(self.options.rail_input[-1]))
        found = resistance(code, rail, self.options)
        if isinstance(found, Fault):
            return {"temp": found, "resistance": found}
        return {"temp": temperature(found / self.options.nominal_resistance, self.options.law), "resistance": found}

    @property
    def _adc(self) -> ADS1115:
        return ADS1115(self.bus, self.address, self.clock, self.options.data_rate, "PT-100 (an ADS1115)")
