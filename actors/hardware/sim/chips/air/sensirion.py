"""Simulated SHT3x and SHT4x: a command, a pause, and two words with a checksum each."""

from __future__ import annotations

from typing import ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.air.aht import checksum
from actors.hardware.sim.chips.base import EREMOTEIO, Chip, Source, drained, os_error


def words(*values: int) -> bytes:
    """Return words of 16 bits, each with its checksum."""
    parts = [value.to_bytes(2, "big") for value in values]
    return b"".join(part + bytes((checksum(part),)) for part in parts)


class _Sht(Chip):
    """Measures when it is told to, and does not acknowledge a read before it is done, nor a second one."""

    measures: ClassVar[tuple[bytes, ...]]
    answers: ClassVar[dict[bytes, tuple[int, ...]]] = {}
    silent: ClassVar[tuple[bytes, ...]] = ()
    measuring: ClassVar[float]
    humid: ClassVar[tuple[float, float]] = (100.0, 0.0)

    def __init__(self, temperature: Source, humidity: Source, clock: Clock, powered_for: float = 0.0) -> None:
        self._temperature, self._humidity = temperature, humidity
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Have nothing to say."""
        self._answer, self._ready = b"", 0.0

    def write(self, data: bytes) -> None:
        """Take a command; an unknown one is not acknowledged."""
        now = self.clock.monotonic()
        if data in self.measures:
            celsius, percent = self._temperature(now), self._humidity(now)
            span, offset = self.humid
            codes = (celsius + 45) / 175, (percent - offset) / span
            self._answer = words(*(min(0xFFFF, max(0, round(code * 65535))) for code in codes))
            self._ready = now + self.measuring
        elif data in self.answers:
            self._answer, self._ready = words(*self.answers[data]), now
        elif data not in self.silent:
            raise os_error(EREMOTEIO)

    def read(self, length: int) -> bytes:
        """Return what was asked for, once."""
        if not self._answer or self.clock.monotonic() < self._ready:
            raise os_error(EREMOTEIO)
        answer, self._answer = self._answer, b""
        return drained(answer, length)


class Sht3x(_Sht):
    """SHT3x-DIS (Sensirion): commands of two bytes."""

    model: ClassVar[str] = "SHT3X"
    measures: ClassVar = (b"\x24\x00",)
    answers: ClassVar = {b"\xf3\x2d": (0x8010,), b"\x37\x80": (0x1234, 0x5678)}
    silent: ClassVar = (b"\x30\x93", b"\x30\xa2")
    measuring: ClassVar = 0.0125


class Sht4x(_Sht):
    """SHT4x (Sensirion): commands of one byte; the humidity's code reaches from -6 to 119 %."""

    model: ClassVar[str] = "SHT4X"
    measures: ClassVar = (b"\xfd",)
    answers: ClassVar = {b"\x89": (0x0F34, 0x2FE1)}
    silent: ClassVar = (b"\x94",)
    measuring: ClassVar = 0.0083
    humid: ClassVar[tuple[float, float]] = (125.0, -6.0)
