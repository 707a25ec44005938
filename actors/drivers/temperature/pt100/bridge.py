"""From the codes of the ADC to the resistance of a PT-100, or why there is none."""

from __future__ import annotations

from actors.drivers.base import Value
from actors.drivers.electric.ads1115.codes import OUTSIDE
from actors.drivers.temperature.pt100.options import PT100Options
from actors.drivers.temperature.pt100.platinum import MELTING, RATIOS
from actors.errors import OVER, Fault


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
