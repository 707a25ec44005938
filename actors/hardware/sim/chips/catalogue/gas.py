"""SCD4x, SCD30, SGP30, SGP40 and HDC302x: commands and words; and the SI7021, whose commands have one byte."""

from __future__ import annotations

import struct
from typing import Any, ClassVar

from actors.hardware.sim.chips.base import EREMOTEIO, os_error
from actors.hardware.sim.chips.catalogue.base import PPB, PPM, CatalogueChip, Words, crc8


class Scd4x(Words):
    """A sample every 5 s."""

    model: ClassVar[str] = "SCD4X"

    def sample(self) -> tuple[int, ...]:
        """Return CO2, temperature and humidity."""
        self.taken(5)
        return (PPM, *self.air())

    answers: ClassVar[Any] = {
        0x3F86: Words.stop,
        0x21B1: Words.start,
        0xE4B8: lambda chip: (0x8006 if chip.ready(5) else 0x8000,),
        0xEC05: sample,
    }


class Scd30(Words):
    """A sample every 2 s, in floating point."""

    model: ClassVar[str] = "SCD30"

    def sample(self) -> tuple[int, ...]:
        """Return CO2, temperature and humidity."""
        self.taken(2)
        return struct.unpack(">6H", struct.pack(">3f", PPM, self.celsius, self.percent))

    answers: ClassVar[Any] = {0x0010: Words.start, 0x0202: lambda chip: (int(chip.ready(2)),), 0x0300: sample}


class Sgp30(Words):
    """Always measuring."""

    model: ClassVar[str] = "SGP30"
    answers: ClassVar[Any] = {
        0x3682: lambda _: (0, 0x1234, 0x5678),
        0x202F: lambda _: (0x0022,),
        0x2003: lambda _: (),
        0x2008: lambda _: (PPM, PPB),
    }


class Sgp40(Words):
    """Its raw signal is 30000."""

    model: ClassVar[str] = "SGP40"
    answers: ClassVar[Any] = {
        0x3682: lambda _: (0, 0x1234, 0x5678),
        0x202F: lambda _: (0x3220,),
        0x280E: lambda _: (0xD400,),
        0x260F: lambda _: (30000,),
    }


class Hdc302x(Words):
    """Measures when it is told to."""

    model: ClassVar[str] = "HDC302X"
    answers: ClassVar[Any] = {0x2400: Words.air, 0x3781: lambda _: (0x3000,)}


class Si7021(CatalogueChip):
    """Does not acknowledge while it converts, for 10.8 ms."""

    model: ClassVar[str] = "SI7021"

    def reset(self) -> None:
        """Forget everything."""
        self.pending, self.ready = b"", 0.0

    def write(self, data: bytes) -> None:
        """Begin a conversion, or make ready what is asked for."""
        if data[0] in {0xF3, 0xF5}:
            share = (self.celsius + 46.85) / 175.72 if data[0] == 0xF3 else (self.percent + 6) / 125  # noqa: PLR2004 - temperature
            word = round(share * 65536).to_bytes(2, "big")
            self.pending, self.ready = word + bytes((crc8(word, 0),)), self.clock.monotonic() + 0.0108
        elif data[0] in {0xE7, 0x11}:
            self.pending, self.ready = bytes((0x3A if data[0] == 0xE7 else 0,)), 0.0  # noqa: PLR2004 - the user register

    def read(self, length: int) -> bytes:
        """Return what was asked for."""
        if self.clock.monotonic() < self.ready or len(self.pending) < length:
            raise os_error(EREMOTEIO)
        return self.pending[:length]
