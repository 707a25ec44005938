"""What the registers of a MAX31865 and a MAX31856 say of the probe: its resistance, or why there is none."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import Value
from actors.drivers.temperature.max318xx.options import RtdOptions
from actors.drivers.temperature.pt100.platinum import MELTING, RATIOS
from actors.errors import OVER, UNDER, Fault, TransientError

FAULTS: Final = {
    0x20: ("probe_open", "is broken, or a lead of its reference resistor is"),
    0x10: ("probe_open", "is broken, or a lead that carries its current is"),
    0x08: ("probe_open", "is broken, or a lead that measures is"),
    0x04: ("bridge_fault", "has a voltage beyond the supply: a lead touches something"),
}
"""Bits of the fault status but its two thresholds, which are not used (19-6478, table 7)."""


def judged(data: bytes, options: RtdOptions, where: str) -> Value:
    """Return Ω of the probe alone, or a Fault; `data` is registers 1 to 7. Raises TransientError `bad_frame`."""
    code, status = int.from_bytes(data[:2], "big") >> 1, data[6]
    for bit, (fault, text) in FAULTS.items():
        if status & bit:
            return Fault(fault, f"the probe of the MAX31865 at {where} {text} (fault status 0x{status:02X})")
    if status & 0x03:
        raise TransientError("bad_frame", f"{where} sent a fault status of 0x{status:02X}, which no MAX31865 sends")
    found = code / 32768 * options.reference - options.lead_resistance
    ratio = found / options.nominal
    if ratio > MELTING or code >= 0x7FFF:  # noqa: PLR2004 - full scale of 15 bits
        return Fault("probe_open", f"the probe of the MAX31865 at {where} is broken ({found:.0f} Ω)")
    if ratio > RATIOS[1]:
        return Fault(OVER, f"the probe of the MAX31865 at {where} is hotter than it can tell: above 850 °C ({found:.0f} Ω)")
    if ratio < RATIOS[0] - options.reference / options.nominal / 65536:  # half a code: at -200 °C the nearest is a little less
        return Fault("probe_short", f"the probe of the MAX31865 at {where} or its leads are shorted ({found:.1f} Ω)")
    return found


def max31856_fault(status: int, *, cold: bool) -> Fault | None:
    """Return what a MAX31856 says is wrong with its thermocouple (19-7534, table 9), or None; `cold`: what it measured is below 0 °C."""
    if status & 0x01:
        return Fault("probe_open", "the thermocouple of the MAX31856, or its wire, is broken")
    if status & 0x02:
        return Fault("probe_short", "the thermocouple of the MAX31856 has a voltage that no thermocouple has: it touches something")
    text = "the thermocouple of the MAX31856, or its cold junction, is beyond its range"
    return Fault(UNDER if cold else OVER, text) if status & 0xC0 else None
