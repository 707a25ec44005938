"""What the EMC2101's registers mean (Microchip EMC2101 data sheet, as read by adafruit-circuitpython-emc2101)."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import Channel, Value
from actors.drivers.ends import within
from actors.errors import Fault

CONVERSION: Final = 0.125
"""Seconds in which the chip converts everything at least once: two periods of its power-up rate, 16 Hz (register 0x04)."""
DIODE_OPEN: Final = 0x7F00
DIODE_SHORT: Final = 0x7FE0
FRACTION: Final = 0xFFE0
"""The 11 bits that 0x01 (high) and 0x10 (low) hold together, 0.125 °C each."""
EXTERNAL: Final = (-64.0, 126.875)
INTERNAL: Final = (0.0, 85.0)
"""Rated ranges in °C."""
CHANNELS: Final = (
    Channel("internal", "°C", 1.0, 2.0, *INTERNAL),
    Channel("external", "°C", 0.125, 1.0, *EXTERNAL),
    Channel("fan", "rpm", lowest=0.0),
)
STOPPED: Final = 0xFF40
"""A count from here on is a fan that stands, or a wire without pulses."""
RPM: Final = 5_400_000
"""rpm = RPM / count."""
FORCED: Final = Fault("forced", "the EMC2101 repeats an external temperature that was written into it (0x4A bit 6): nobody measures it")
NO_DIODE: Final = Fault("no_diode", "the EMC2101 has no external diode (external_diode in config.py)")
NO_TACHOMETER: Final = Fault("no_tachometer", "the EMC2101's ALERT/TACH pin is set to ALERT (alert_pin in config.py): no fan can be read")


def internal(celsius: int) -> Value:
    """Return °C of the chip itself, or a Fault `over_range` or `under_range`."""
    return within(float(celsius), *INTERNAL, "EMC2101")


def external(word: int, *, there: bool = True, forced: bool = False) -> Value:
    """Return °C of the external diode, or why there is none; `word` is 0x01 and 0x10 together."""
    if forced or not there:
        return FORCED if there else NO_DIODE
    code = word & FRACTION
    if code == DIODE_OPEN:
        return Fault(
            "diode_open",
            "the external diode of the EMC2101 is not connected, or its wire is broken; if there is none: 'external_diode': False",
        )
    if code == DIODE_SHORT:
        return Fault("diode_short", "the external diode of the EMC2101 is shorted")
    return within((code - 0x10000 if code & 0x8000 else code) / 256, *EXTERNAL, "external diode of the EMC2101")


def fan(count: int) -> Value:
    """Return rpm (0 for a fan that stands), or a Fault `bad_frame`; `count` is 0x47 and 0x46 together."""
    if count == 0:
        return Fault("bad_frame", "the tachometer of the EMC2101 counts 0 between two pulses, which cannot be")
    return 0.0 if count >= STOPPED else RPM / count
