"""BMP388, BMP390, DPS310 and LPS2x, with coefficients that make their formulas short."""

from __future__ import annotations

import struct
from typing import ClassVar, Final

from actors.hardware.sim.chips.catalogue.base import HPA, Pointed, block

_T1, _T2 = 27000, 0x6C00
"""Of a BMP388: raw 0 is 27000 * 256, and the slope is 0x6C00 / 2**30 °C; P5 alone makes the pressure."""
_FORCED: Final = 0x30
_C0, _C1, _SCALE = 40, 400, 1040384
"""Of a DPS310: °C are 20 + 400 * raw / scale, and c00 alone makes the pressure."""


class Bmp388(Pointed):
    """BMP388 (Bosch BST-BMP388-DS001): measures when 0x1B says so."""

    model: ClassVar[str] = "BMP388"
    number: ClassVar[int] = 0x50

    def power_up(self) -> dict[int, int]:
        """Return its number and its coefficients."""
        coefficients = struct.pack("<HHbhhbbHHbbhbb", _T1, _T2, 0, 16384, 16384, 0, 0, int(HPA * 100 / 8), 0, 0, 0, 0, 0, 0)
        return {0x00: self.number, **block(0x31, coefficients)}

    def take(self, register: int, value: int) -> None:
        """Reset, or measure."""
        super().take(register, value)
        if register == 0x7E and value == 0xB6:  # noqa: PLR2004 - the command of a reset
            self.reset()
        if register == 0x1B and value & _FORCED:  # noqa: PLR2004 - PWR_CTRL
            raw = _T1 * 256 + round(self.celsius / (_T2 / 2**30))
            self.registers |= {0x03: 0x70, **block(0x04, bytes(3)), **block(0x07, raw.to_bytes(3, "little"))}


class Bmp390(Bmp388):
    """BMP390 (Bosch BST-BMP390-DS002)."""

    model: ClassVar[str] = "BMP390"
    number: ClassVar[int] = 0x60


class Dps310(Pointed):
    """DPS310 (Infineon): measures always in mode 7."""

    model: ClassVar[str] = "DPS310"

    def power_up(self) -> dict[int, int]:
        """Return its number and its coefficients."""
        bits = (_C0 & 0xFFF) << 12 | _C1 & 0xFFF
        coefficients = bits.to_bytes(3, "big") + (round(HPA * 100) << 4 & 0xFFFFFF).to_bytes(3, "big") + bytes(12)
        return {0x0D: 0x10, 0x08: 0xC0, **block(0x10, coefficients)}

    def take(self, register: int, value: int) -> None:
        """Reset, or set the mode."""
        if register == 0x0C:  # noqa: PLR2004 - RESET
            self.reset()
        elif register == 0x08:  # noqa: PLR2004 - MEAS_CFG
            self.registers[register] = 0xC0 | value & 0x07 | (0x30 if value & 0x07 == 7 else 0)  # noqa: PLR2004 - always
        else:
            super().take(register, value)

    def live(self, register: int) -> int | None:
        """Return its last conversion."""
        measures = self.registers.get(0x08, 0) & 0x07 == 7  # noqa: PLR2004 - always
        raw = round((self.celsius - 20) / _C1 * _SCALE) if measures else 0
        return (raw & 0xFFFFFF).to_bytes(3, "big")[register - 3] if 3 <= register <= 5 else None  # noqa: PLR2004 - TMP_B2 to TMP_B0


class Lps22(Pointed):
    """LPS22 (ST): `control` says whether it measures."""

    model: ClassVar[str] = "LPS22"
    number: ClassVar[int] = 0xB1
    control: ClassVar[int] = 0x10
    scale: ClassVar[float] = 100.0
    offset: ClassVar[float] = 0.0

    def power_up(self) -> dict[int, int]:
        """Return its number."""
        return {0x0F: self.number}

    def take(self, register: int, value: int) -> None:
        """Take a setting; a reset is over at once."""
        super().take(register, value & ~0x04 if register in {0x11, 0x21} else value)

    def write(self, data: bytes) -> None:
        """Leave out the bit that lets the pointer move on: it always does."""
        super().write(bytes((data[0] & 0x7F, *data[1:])))

    def live(self, register: int) -> int | None:
        """Return its last conversion."""
        if not 0x28 <= register <= 0x2C or not self.registers.get(self.control, 0) & 0x70:  # noqa: PLR2004 - PRESS_OUT to TEMP_OUT
            return None
        heat = round((self.celsius - self.offset) * self.scale).to_bytes(2, "little", signed=True)
        return (round(HPA * 4096).to_bytes(3, "little") + heat)[register - 0x28]


class Lps25(Lps22):
    """LPS25 (ST)."""

    model: ClassVar[str] = "LPS25"
    number: ClassVar[int] = 0xBD
    control: ClassVar[int] = 0x20
    scale: ClassVar[float] = 480.0
    offset: ClassVar[float] = 42.5
