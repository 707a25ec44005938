"""What a name gives away, for files without `kind` and `coupling`: whether an output heats, whether a sensor sits in the inlet air."""

from __future__ import annotations

import unicodedata

_HEATER = ("resist", "heat", "chauff", "heiz")
_FAN = ("ventil", "fan", "lufter", "luefter")
_AMBIENT = ("entree", "inlet", "ambian", "ambien")


def kind(name: str, title: str, *, heats: bool = True) -> str:
    """Return 'heater', 'fan' or 'output'; what sounds like both is a heater, the kind that is watched most, if it can heat at all."""
    text = _plain(f"{name} {title}")
    if heats and any(word in text for word in _HEATER):
        return "heater"
    return "fan" if any(word in text for word in _FAN) else "output"


def coupling(name: str, title: str) -> float:
    """Return how much of the simulated heat reaches a sensor: 0 in the air that comes in, else 1."""
    text = _plain(f"{name} {title}")
    return 0.0 if any(word in text for word in _AMBIENT) else 1.0


def _plain(text: str) -> str:
    """Return `text` without accents and letter case."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
