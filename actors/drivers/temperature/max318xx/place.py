"""Where a chip on SPI is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

PLACE: Final = re.compile(r"\d\.\d")


@dataclass(frozen=True)
class SpiOptions:
    """Where the chip is. ValueError for bad values."""

    spi: str = "0.0"
    """Bus and chip select: `0.0` is `/dev/spidev0.0`, whose select is GPIO8, `0.1` GPIO7."""

    def __post_init__(self) -> None:
        """Refuse what is no place."""
        if not PLACE.fullmatch(str(self.spi)):
            raise ValueError(f"spi is {self.spi!r}, allowed: '0.0', '0.1', '1.0' and so on: bus and chip select")


@dataclass(frozen=True)
class MainsOptions(SpiOptions):
    """As `SpiOptions`, and the mains. ValueError for bad values."""

    mains: Literal[50, 60] = 50
    """Hz of the mains, whose hum is filtered out."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        if self.mains not in {50, 60}:
            raise ValueError(f"mains is {self.mains!r}, allowed: 50, 60")
