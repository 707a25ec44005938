"""What an MCP960x says of its thermocouple, and how it is told which one that is (Microchip DS20005426)."""

from __future__ import annotations

from actors.drivers.temperature.thermocouple import CODES, ThermocoupleOptions
from actors.errors import OVER, UNDER, Fault

OPEN, SHORT = 0x10, 0x20
"""Bits of the status (DS20005426, 5.1.5): beyond its range, or open; shorted."""


def type_code(options: ThermocoupleOptions) -> int:
    """Return what the sensor configuration of an MCP960x holds (DS20005426, 5.2.2)."""
    return CODES.index(options.type) << 4 | options.filter


def fault_of(chip: str, status: int, word: int) -> Fault | None:
    """Return what is wrong with the thermocouple, or None; `word` is the register of the hot junction.

    An MCP9600 cannot tell a broken wire from a hot one: it is taken for too hot, unless it says cold.
    """
    if chip == "MCP9600":
        text = f"the thermocouple of the {chip} is beyond the range of its type, or broken"
        return Fault(UNDER if word & 0x8000 else OVER, text) if status & OPEN else None
    if status & SHORT:
        return Fault("probe_short", f"the thermocouple of the {chip} is shorted")
    return Fault("probe_open", f"the thermocouple of the {chip}, or its wire, is broken") if status & OPEN else None
