"""PT-100 in a voltage divider read by an ADS1115 (TI SBAS444): R = series * code / (rail - code), so only ratios matter."""

from __future__ import annotations

from collections.abc import Mapping

from actors.drivers.ads1115 import ADS1115, LSB, OUTSIDE
from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.platinum import MELTING, RATIOS, temperature
from actors.drivers.pt100_options import PT100Options
from actors.errors import OVER, Fault, PermanentError


class PT100(SensorDriver):
    """No value is one `Fault` in both channels, `probe_open`, `probe_short`, `over_range` or `bridge_fault`: the chip itself is well.

    Raises `wrong_chip`, and TransientError `settings_lost`, `not_converted`, `bad_frame`.
    """

    chip = "PT-100"
    channels = (Channel("temp", "°C", 0.04, None, -200.0, 850.0), Channel("resistance", "Ω", 0.015))
    max_age = 0.1  # the probe's own time constant is seconds
    min_period = 0.1
    Options = PT100Options

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), then prove by one conversion that this one does as it is told."""
        self._adc.check(PermanentError)
        self._adc.convert(int(self.options.probe_input[-1]))

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `resistance` of one conversion: 9 ms at 128 samples per second, twice that with `rail_input`."""
        code = self._adc.convert(int(self.options.probe_input[-1]))
        rail = self.options.rail_voltage / LSB
        if self.options.rail_input is not None:
            rail = self._adc.convert(int(self.options.rail_input[-1]))
        found = resistance(code, rail, self.options)
        if isinstance(found, Fault):
            return {"temp": found, "resistance": found}
        return {"temp": temperature(found / self.options.nominal_resistance, self.options.law), "resistance": found}

    @property
    def _adc(self) -> ADS1115:
        return ADS1115(self.bus, self.address, self.clock, self.options.data_rate, "PT-100 (an ADS1115)")


def resistance(code: int, rail: float, options: PT100Options) -> Value:
    """Return Ω of the probe alone, or why there is none; the limits are the ends of IEC 60751, -200 and 850 °C.

    A wire that is broken reads full scale, so only up to the melting point of platinum it is a probe that is too hot.
    """
    if code in OUTSIDE or rail in OUTSIDE or rail <= 0:
        return Fault("bridge_fault", f"the ADC is beyond its range (codes {code} and {rail:.0f}): look at the supply of the bridge")
    found = options.series_resistance * code / (rail - code) - options.lead_resistance if code < rail else float("inf")
    ratio = found / options.nominal_resistance
    if ratio > MELTING:
        return Fault("probe_open", f"the PT-100 or one of its leads is broken (ADC code {code} of {rail:.0f})")
    if ratio > RATIOS[1]:
        return Fault(OVER, f"the PT-100 is hotter than it can tell: above 850 °C ({found:.0f} Ω; or a lead has a bad contact)")
    if ratio < RATIOS[0]:
        return Fault("probe_short", f"the PT-100 or its leads are shorted (ADC code {code} of {rail:.0f})")
    return found
