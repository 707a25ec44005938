"""PCT2075 and LM75, MLX90614, and the converter PCF8591."""

from __future__ import annotations

from typing import ClassVar, Final

from actors.hardware.sim.chips.catalogue.base import CatalogueChip

WARMER: Final = 10.0
"""°C by which what an MLX90614 looks at is warmer than itself."""


class Pct2075(CatalogueChip):
    """Words behind a pointer: temperature, configuration, hysteresis, limit, idle."""

    model: ClassVar[str] = "PCT2075"

    def reset(self) -> None:
        """Point at the temperature."""
        self.at = 0

    def write(self, data: bytes) -> None:
        """Set the pointer."""
        self.at = data[0]

    def read(self, length: int) -> bytes:
        """Return a word."""
        words = {0: (round(self.celsius * 8) << 5) & 0xFFFF, 2: 0x4B00, 3: 0x5000}
        return words.get(self.at, 0).to_bytes(2, "big")[:length]


class Mlx90614(CatalogueChip):
    """Words, the lower byte first."""

    model: ClassVar[str] = "MLX90614"

    def reset(self) -> None:
        """Point at nothing."""
        self.at = 0

    def write(self, data: bytes) -> None:
        """Set the pointer."""
        self.at = data[0]

    def read(self, length: int) -> bytes:
        """Return a word, and what should be its checksum."""
        kelvin = round((self.celsius + 273.15) / 0.02)
        words = {0x06: kelvin, 0x07: kelvin + round(WARMER / 0.02), 0x2E: 0xBE5A}
        return words.get(self.at, 0).to_bytes(2, "little")[:length].ljust(length, b"\x00")


class Pcf8591(CatalogueChip):
    """What is read first is the conversion before the last; input n has 50 n + 10 counts."""

    model: ClassVar[str] = "PCF8591"

    def reset(self) -> None:
        """Have converted half of its supply."""
        self.now = self.before = 0x80

    def write(self, data: bytes) -> None:
        """Convert another input."""
        self.before, self.now = self.now, 50 * (data[0] & 3) + 10

    def read(self, length: int) -> bytes:
        """Return the conversion before the last, then the last."""
        return bytes((self.before, *[self.now] * (length - 1)))
