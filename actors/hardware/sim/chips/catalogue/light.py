"""BH1750, TSL2591, VEML7700, AS7341, VL53L0X and VL53L1X."""

from __future__ import annotations

import struct
from typing import ClassVar

from actors.hardware.sim.chips.catalogue.base import LUX, MM, CatalogueChip, Pointed

FULL_SPECTRUM, INFRARED, WHITE, AMBIENT, COLOUR = 3000, 1000, 9000, 7500, 1000
"""Counts."""


class Bh1750(CatalogueChip):
    """Measures in the mode that was written last."""

    model: ClassVar[str] = "BH1750"

    def reset(self) -> None:
        """Measure nothing."""
        self.mode = 0

    def write(self, data: bytes) -> None:
        """Set the mode."""
        self.mode = data[0]

    def read(self, length: int) -> bytes:
        """Return counts."""
        return (round(LUX * (2.4 if self.mode & 1 else 1.2)) if self.mode & 0x30 else 0).to_bytes(2, "big")[:length]


class Tsl2591(Pointed):
    """Registers at 0xA0, which is what its commands add."""

    model: ClassVar[str] = "TSL2591"

    def power_up(self) -> dict[int, int]:
        """Return its number."""
        return {0xB2: 0x50}

    def live(self, register: int) -> int | None:
        """Return counts, once it is on."""
        if not 0xB4 <= register <= 0xB7 or self.registers.get(0xA0, 0) & 0x03 != 3:  # noqa: PLR2004 - C0DATA to C1DATA; power and light
            return None
        return struct.pack("<HH", FULL_SPECTRUM, INFRARED)[register - 0xB4]


class Veml7700(CatalogueChip):
    """Words, the lower byte first; asleep after power-up."""

    model: ClassVar[str] = "VEML7700"

    def reset(self) -> None:
        """Sleep."""
        self.words, self.at = {0: 0x0001}, 0

    def write(self, data: bytes) -> None:
        """Set the pointer and, with two bytes more, a word."""
        self.at = data[0]
        if len(data) > 2:  # noqa: PLR2004 - a word behind the pointer
            self.words[self.at] = int.from_bytes(data[1:3], "little")

    def read(self, length: int) -> bytes:
        """Return a word."""
        awake = not self.words[0] & 1
        counts = {4: AMBIENT if awake else 0, 5: WHITE if awake else 0}
        return (self.words | counts).get(self.at, 0).to_bytes(2, "little")[:length]


class As7341(Pointed):
    """Six counts at a time, in two turns."""

    model: ClassVar[str] = "AS7341"

    def power_up(self) -> dict[int, int]:
        """Return its number and its integration time."""
        return {0x92: 0x24, 0xCA: 0xE7, 0xCB: 0x03}

    def take(self, register: int, value: int) -> None:
        """Take a setting; the switching of inputs is over at once."""
        super().take(register, value & ~0x10 if register == 0x80 else value)  # noqa: PLR2004 - SMUXEN of ENABLE

    def live(self, register: int) -> int | None:
        """Return whether there is a conversion, or the counts of one."""
        if register == 0xA3:  # noqa: PLR2004 - STATUS2
            return 0x40 if self.registers.get(0x80, 0) & 0x02 else 0x00
        counts = struct.pack("<B6H", 0, *range(COLOUR, COLOUR + 6))
        return counts[register - 0x94] if 0x94 <= register <= 0xA0 else None  # noqa: PLR2004 - ASTATUS to CH5_DATA


class Vl53l0x(Pointed):
    """Always has a range."""

    model: ClassVar[str] = "VL53L0X"

    def power_up(self) -> dict[int, int]:
        """Return its numbers and its settings."""
        return {0xC0: 0xEE, 0xC1: 0xAA, 0xC2: 0x10, 0x01: 0xFF, 0x50: 0x06, 0x70: 0x04, 0x83: 0x01, 0x92: 0x05}

    def take(self, register: int, value: int) -> None:
        """Take a setting, but none of what only switches pages."""
        if register not in {0x00, 0x83, 0x92, 0x91, 0xFF, 0x80}:
            super().take(register, value)

    def live(self, register: int) -> int | None:
        """Return the range, and that it is there."""
        return {0x13: 0x07, 0x1E: MM >> 8, 0x1F: MM & 0xFF, 0x00: 0x00, 0x83: 0x05}.get(register)


class Vl53l1x(Pointed):
    """Has a range while it is ranging."""

    model: ClassVar[str] = "VL53L1X"
    pointer: ClassVar[int] = 2

    def power_up(self) -> dict[int, int]:
        """Return its numbers."""
        return {0x010F: 0xEA, 0x0110: 0xCC, 0x0111: 0x10}

    def live(self, register: int) -> int | None:
        """Return the range, and whether it is there."""
        ranging = int(bool(self.registers.get(0x87, 0) & 0x40))
        return {0x31: ranging, 0x30: 0x00, 0x89: 0x09, 0x96: MM >> 8, 0x97: MM & 0xFF, 0x4B: 0x14}.get(register)
