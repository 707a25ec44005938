"""Simulated chips on SPI: MAX31855, MAX31856 and MAX31865; a transfer sends some bytes and gets others back."""

from __future__ import annotations

from typing import Any, ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import Chip, Source
from actors.hardware.sim.chips.electric.ads1115 import pt100

_DAMAGE = ("open", "short")
_CONVERSION = 0.1


class SpiChip(Chip):
    """Registers behind an address whose bit 7 writes. `damage` is what is wrong with its probe."""

    broken: ClassVar[tuple[str, ...]] = _DAMAGE

    def __init__(self, temperature: Source, clock: Clock, powered_for: float = 0.0, options: Any = None) -> None:
        self._temperature, self._options = temperature, options
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Return to the registers of power-up."""
        self._registers = bytearray(16)
        self._at = 0
        self._felt = float("-inf"), 0.0

    def write(self, data: bytes) -> None:
        """Set the address and, where its bit 7 says so, registers from there on."""
        self._at = data[0] & 0x7F
        for place, value in enumerate(data[1:] if data[0] & 0x80 else b"", self._at):
            self._registers[place] = value
        self.written()

    def read(self, length: int) -> bytes:
        """Return registers from the address on."""
        return bytes(self._registers[self._at : self._at + length])

    def written(self) -> None:
        """Do what the registers say now."""

    def celsius(self) -> float:
        """Return what it felt at its last conversion, of which there are ten a second."""
        now = self.clock.monotonic()
        if now - self._felt[0] >= _CONVERSION:
            self._felt = now, self._temperature(now)
        return self._felt[1]


class Max31855(SpiChip):
    """MAX31855 (Maxim 19-5793): 32 bits, and nothing can be written."""

    model: ClassVar[str] = "MAX31855"

    def read(self, length: int) -> bytes:
        """Return thermocouple, cold junction and faults."""
        celsius = self.celsius()
        word = (round(celsius * 4) & 0x3FFF) << 18 | (round(celsius * 16) & 0xFFF) << 4
        word |= {"open": 0x10001, "short": 0x10002}.get(self.damage or "", 0)
        return word.to_bytes(4, "big")[:length]


class Max31856(SpiChip):
    """MAX31856 (Maxim 19-7534): converts when CR0 says so."""

    model: ClassVar[str] = "MAX31856"

    def reset(self) -> None:
        """Return to type K, not converting."""
        super().reset()
        self._registers[1] = 0x03

    def read(self, length: int) -> bytes:
        """Return registers from the address on, those of the last conversion among them."""
        if self._registers[0] & 0x80:
            celsius = self.celsius()
            self._registers[0x0A:0x0C] = (round(celsius * 64) << 2 & 0xFFFF).to_bytes(2, "big")
            self._registers[0x0C:0x0F] = (round(celsius * 128) << 5 & 0xFFFFFF).to_bytes(3, "big")
            self._registers[0x0F] = {"open": 0x01, "short": 0x02}.get(self.damage or "", 0)
        return super().read(length)


class Max31865(SpiChip):
    """MAX31865 (Maxim 19-6478): one conversion when it is told to, while its bias is on."""

    model: ClassVar[str] = "MAX31865"

    def reset(self) -> None:
        """Return to no bias and no thresholds."""
        super().reset()
        self._registers[3:7] = b"\xff\xff\x00\x00"

    def written(self) -> None:
        """Convert, test the wires, forget the faults."""
        config = self._registers[0]
        if config & 0x02:
            self._registers[7] = 0
        if config & 0x0C:
            self._registers[7] = {"open": 0x10, "short": 0x04}.get(self.damage or "", 0)
        if config & 0x20 and config & 0x80:
            nominal, reference = (getattr(self._options, name, default) for name, default in (("nominal", 100.0), ("reference", 430.0)))
            code = min(0x7FFF, round(pt100(self.celsius(), nominal) / reference * 32768))
            self._registers[1:3] = (code << 1 | (1 if self._registers[7] else 0)).to_bytes(2, "big")
        self._registers[0] = config & ~0x2E
