"""What lies beyond an end of what a chip can tell: no number, and yet a measurement, because the side is known."""

from __future__ import annotations

from actors.drivers.base import Value
from actors.errors import OVER, UNDER, Fault


def within(value: float, lowest: float, highest: float, chip: str, step: float = 0.0, units: str = "°C") -> Value:
    """Return `value`, or beyond an end the Fault that says on which side.

    An end itself is a value; its code may be half a `step` off.
    """
    above, below = ("hotter", "colder") if units == "°C" else ("more", "less")
    if value > highest + step / 2:
        return Fault(OVER, f"the {chip} is {above} than it can tell: above {highest:g} {units}")
    if value < lowest - step / 2:
        return Fault(UNDER, f"the {chip} is {below} than it can tell: below {lowest:g} {units}")
    return value
