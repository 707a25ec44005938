"""A current is the voltage over a known resistor: what the power meters have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass

from actors.drivers.base import Value
from actors.errors import OVER, UNDER, Fault


@dataclass(frozen=True)
class ShuntOptions:
    """What is soldered beside the chip. ValueError for bad values."""

    shunt: float = 0.1
    """Ω of the resistor that the current flows through: 0.1 on most boards (marked R100)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        number = type(self.shunt) in {int, float} and math.isfinite(self.shunt) and self.shunt > 0
        if not number:
            raise ValueError(f"shunt is {self.shunt!r}, allowed: a number of Ω above 0")


def amperes(code: int, full: int, lsb: float, shunt: float, chip: str) -> Value:
    """Return A of `code` counts of `lsb` volts over `shunt` Ω, or a Fault from `full` on, where the chip's register ends."""
    if abs(code) >= full:
        text = f"the current through the shunt of the {chip} is more than it can tell: {full * lsb / shunt:g} A"
        return Fault(OVER if code > 0 else UNDER, text)
    return code * lsb / shunt


def power(voltage: Value, current: Value) -> Value:
    """Return W, or the Fault of what it is made of."""
    if isinstance(voltage, Fault):
        return voltage
    return current if isinstance(current, Fault) else voltage * current
