"""What is common to thermocouples: their types, and the ends of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from actors.drivers.base import Channel

Type = Literal["K", "J", "T", "N", "S", "E", "B", "R"]
CODES: Final = get_args(Type)
"""In the order of the bits of the MCP960x (DS20005426, 5.2.2)."""
RANGES: Final[dict[str, tuple[float, float]]] = {
    "K": (-200.0, 1372.0),
    "J": (-210.0, 1200.0),
    "T": (-200.0, 400.0),
    "N": (-200.0, 1300.0),
    "S": (-50.0, 1768.0),
    "E": (-200.0, 1000.0),
    "B": (250.0, 1820.0),
    "R": (-50.0, 1768.0),
}
"""°C (MAX31856, table 1); the chips tell less of some types, and say so themselves."""


@dataclass(frozen=True)
class ThermocoupleOptions:
    """What is wired to the chip. ValueError for bad values."""

    type: Type = "K"
    """The letter of the thermocouple: it is on the plug, and its colour."""
    filter: int = 0
    """0 to 7: 0 is none, 7 the slowest; a noisy line needs some."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.type not in CODES:
            raise ValueError(f"type is {self.type!r}, allowed: {', '.join(map(repr, CODES))}")
        if type(self.filter) is not int or not 0 <= self.filter <= 7:  # noqa: PLR2004 - three bits
            raise ValueError(f"filter is {self.filter!r}, allowed: 0 to 7")


def hot_junction(kind: str, resolution: float, accuracy: float) -> Channel:
    """Return the channel of a thermocouple of type `kind`."""
    return Channel("temp", "°C", resolution, accuracy, *RANGES[kind])
