"""Units as people write them -> the spelling that pint, PyMoDAQ's library of units, reads in the same sense. Pure, ASCII only.

pint reads many a text in a sense nobody meant: `RH` is a ronnahenry to it, `C` a coulomb, `%rh` a percent-rontohour.
"""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = {
    "percent": ("%", "RH", "%RH", "HR", "%HR", "r.H.", "percent"),
    "degC": ("°C", "ºC", "C", "degC", "Celsius"),
    "degF": ("°F", "degF", "Fahrenheit"),
    "degree": ("°", "deg", "degree", "degrees"),
    "rpm": ("rpm", "tr/min", "U/min", "r/min", "1/min"),
    "count": ("count", "counts"),
    "": ("", "-", "1", "none"),
}
_SPELLINGS: Final = {spelling.casefold(): unit for unit, spellings in _WHOLE.items() for spelling in spellings}
_ATOM: Final = re.compile(
    r"[numkMG]?(?:A|V|W|Hz|Pa|bar|g|m|s|l|L|J|N|K|mol|lx|lm|ohm|F|H|S|T|eV)"
    r"|min|h|day|cd|lux|ppm|psi|atm|torr|rad|sr|VA|cm|dm|cl|cL|dl|dL|hPa|pA|pF"
)
_SIGNS: Final = str.maketrans({"µ": "u", "μ": "u", "Ω": "ohm", "\u2126": "ohm", "·": "*", "⋅": "*", "²": "**2", "³": "**3", "^": "**"})
_FACTOR: Final = re.compile(r"([A-Za-z]+)(?:(?:\*\*)?(-?[0-9]))?")


def pint_units(units: str) -> str | None:
    """Return the spelling for pint, empty for a plain number; None for a text that is in no sense known here."""
    whole = _SPELLINGS.get("".join(units.split()).casefold())
    if whole is not None:
        return whole
    plain = re.sub(r"\s*([*/])\s*", r"\1", units.strip().translate(_SIGNS))
    parts = re.split(r"((?<!\*)\*(?!\*)|/)", re.sub(r"\s+", "*", plain))
    factors = [_factor(part) for part in parts[::2]]
    if None in factors:
        return None
    return "".join(text or "" for pair in zip(factors, [*parts[1::2], ""], strict=True) for text in pair)


def _factor(text: str) -> str | None:
    match = _FACTOR.fullmatch(text)
    if match is None:
        return text if text == "1" else None
    name = "ohm" if match[1] == "Ohm" else match[1]
    if _ATOM.fullmatch(name) is None:
        return None
    return name if match[2] is None else f"{name}**{match[2]}"
