"""What a bench owner says of a thermocouple or a platinum probe on SPI."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from actors.drivers.temperature.max318xx.place import MainsOptions, SpiOptions
from actors.drivers.temperature.thermocouple import CODES, Type


@dataclass(frozen=True)
class FixedTypeOptions(SpiOptions):
    """As `SpiOptions`, and the type. ValueError for bad values."""

    type: Type = "K"
    """The letter of the thermocouple; of a MAX31855 it is the one behind its name: MAX31855K."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        if self.type not in CODES:
            raise ValueError(f"type is {self.type!r}, allowed: {', '.join(map(repr, CODES))}")


@dataclass(frozen=True)
class CoupleOptions(FixedTypeOptions, MainsOptions):
    """As both."""


@dataclass(frozen=True)
class RtdOptions(MainsOptions):
    """As `MainsOptions`, and the probe. ValueError for bad values."""

    wires: Literal[2, 3, 4] = 4
    """Of the probe: with 3 and 4 its leads do not count."""
    nominal: float = 100.0
    """Ω at 0 °C: 100 for a PT100, 1000 for a PT1000."""
    reference: float = 430.0
    """Ω of the resistor on the board: 430 beside a PT100, 4300 beside a PT1000."""
    lead_resistance: float = 0.0
    """Ω of both leads together, taken off; for 2 wires."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        if self.wires not in {2, 3, 4} or isinstance(self.wires, bool):
            raise ValueError(f"wires is {self.wires!r}, allowed: 2, 3, 4")
        for name, least in (("nominal", 1.0), ("reference", 1.0), ("lead_resistance", 0.0)):
            value = getattr(self, name)
            if type(value) not in {int, float} or not math.isfinite(value) or value < least:
                raise ValueError(f"{name} is {value!r}, allowed: {least:g} Ω or more")
