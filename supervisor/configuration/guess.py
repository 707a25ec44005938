"""What a name gives away, for files without `coupling`: whether a sensor sits in the inlet air."""

from __future__ import annotations

import unicodedata

_AMBIENT = ("entree", "inlet", "ambian", "ambien")


def coupling(name: str, title: str) -> float:
    """Return how much of the simulated heat reaches a sensor: 0 in the air that comes in, else 1."""
    text = _plain(f"{name} {title}")
    return 0.0 if any(word in text for word in _AMBIENT) else 1.0


def _plain(text: str) -> str:
    """Return `text` without accents and letter case."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
