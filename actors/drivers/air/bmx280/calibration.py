"""The factory calibration of a BME280 or BMP280, and what it makes of raw values (BST-BME280-DS002, 4.2.2 and 8.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Calibration(NamedTuple):
    """Coefficients by their names in the data sheet: dig_T, dig_P, dig_H, each from 1 on; no dig_H of a BMP280."""

    t: tuple[int, ...]
    p: tuple[int, ...]
    h: tuple[int, ...] = ()

    @classmethod
    def of(cls, first: bytes, second: bytes = b"") -> Calibration:
        """Return what registers 0x88 to 0xA1 and, of a BME280, 0xE1 to 0xE7 hold."""
        words = struct.unpack("<HhhHhhhhhhhh", first[:24])
        if not second:
            return cls(words[:3], words[3:])
        h2, h3, low, middle, high, h6 = struct.unpack("<hBbBbb", second[:7])
        return cls(words[:3], words[3:], (first[25], h2, h3, low * 16 + (middle & 0x0F), high * 16 + (middle >> 4), h6))

    @property
    def empty(self) -> bool:
        """Whether there is none: the chip has not loaded it, or the line floats."""
        return self.t[0] in {0, 0xFFFF} or self.p[0] in {0, 0xFFFF}

    def fine(self, raw: int) -> float:
        """Return the temperature as the other two need it; °C are 1/5120 of it."""
        t1, t2, t3 = self.t
        return (raw / 16384 - t1 / 1024) * t2 + (raw / 131072 - t1 / 8192) ** 2 * t3

    def pressure(self, raw: int, fine: float) -> float:
        """Return hPa; 0 where the calibration makes no sense."""
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        var1 = fine / 2 - 64000
        var2 = var1 * var1 * p6 / 32768 + var1 * p5 * 2
        var2 = var2 / 4 + p4 * 65536
        var1 = (p3 * var1 * var1 / 524288 + p2 * var1) / 524288
        var1 = (1 + var1 / 32768) * p1
        if var1 == 0:
            return 0.0
        pascal = (1048576 - raw - var2 / 4096) * 6250 / var1
        return (pascal + (p9 * pascal * pascal / 2147483648 + pascal * p8 / 32768 + p7) / 16) / 100

    def humidity(self, raw: int, fine: float) -> float:
        """Return %RH, cropped to 0..100 as the data sheet does."""
        h1, h2, h3, h4, h5, h6 = self.h
        x = fine - 76800
        x = (raw - (h4 * 64 + h5 / 16384 * x)) * (h2 / 65536 * (1 + h6 / 67108864 * x * (1 + h3 / 67108864 * x)))
        return min(100.0, max(0.0, x * (1 - h1 * x / 524288)))
