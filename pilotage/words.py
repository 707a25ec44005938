"""Numbers and set-points as a person writes them. Pure."""

from __future__ import annotations

import re
from typing import Final

PERCENT: Final = frozenset({"%", "percent", "per cent"})
ON_OFF: Final = "on/off"
_WHOLE: Final = 100.0
_PART: Final = re.compile(r"of (\d*[1-9]\d*(?:\.\d+)?)", re.ASCII)
_NO_DECIMALS: Final = 1e5
_EXACT: Final = 1e15
"""From here on a float has no whole numbers to spare, and nobody writes it out."""


def number(value: float, digits: int = 6) -> str:
    """Return `value` with at most `digits` digits, and all of those before its point, without an exponent: 25.5, 987654321."""
    if abs(value) >= _EXACT:
        return f"{value:.{digits}g}"
    if abs(value) >= _NO_DECIMALS:
        return f"{value:.0f}"
    text = f"{value:.{digits}g}"
    return f"{value:.15f}".rstrip("0") if "e-" in text and abs(value) > 1 / _EXACT else text


def switches(driver: object) -> bool:
    """Return whether an output of this driver is on or off, and nothing between."""
    return driver in {"DIGITAL", "MCP23017", "PCF8574"}


def scale(units: str, driver: str, low: float, high: float) -> str:
    """Return what stands behind a set-point of an output: its units where they can be true, else what it is a part of, `of 255`.

    Half of 255 is 128 steps, and not 128 per cent, whatever the entry calls it.
    """
    if switches(driver) and low == 0:
        return ON_OFF
    if units.strip().lower() not in PERCENT or high == _WHOLE:
        return units.strip()
    return f"of {number(high)}" if high > 0 else ""


def level(value: float | None, units: str) -> str:
    """Return a set-point, known to 0.01, with what `scale` returned for its output: `128 of 255 (50 %)`, `on`, `6 V`; `-` for None."""
    if value is None:
        return "-"
    if units == ON_OFF:
        return ("on" if value else "off") if float(value).is_integer() else number(round(value, 2))
    text = number(round(value, 2))
    whole = _PART.fullmatch(units)
    if whole is None:
        return f"{text} {units}".rstrip()
    return f"{text} {units} ({_share(value / float(whole[1]))})" if value else text


def _share(part: float) -> str:
    """Return a part of the whole in per cent; only nothing is 0 %, and only the whole 100 %."""
    percent = part * _WHOLE
    rounded = f"{percent:.0f}"
    if rounded in {"0", "100"} and 0 < percent < _WHOLE:
        return f"{min(max(percent, 0.1), 99.9):.1f} %"
    return f"{rounded} %"
