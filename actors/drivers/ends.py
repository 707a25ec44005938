"""What lies beyond the hot or the cold end of a thermometer: no number, and yet a measurement, because the side is known."""

from __future__ import annotations

from actors.drivers.base import Value
from actors.errors import OVER, UNDER, Fault


def within(celsius: float, lowest: float, highest: float, chip: str, step: float = 0.0) -> Value:
    """Return `celsius`, or beyond an end the Fault that says on which side.

    An end itself is a value; its code may be half a `step` off.
    """
    if celsius > highest + step / 2:
        return Fault(OVER, f"the {chip} is hotter than it can tell: above {highest:g} °C")
    if celsius < lowest - step / 2:
        return Fault(UNDER, f"the {chip} is colder than it can tell: below {lowest:g} °C")
    return celsius
