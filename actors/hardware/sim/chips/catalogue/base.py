"""What the simulated chips of the catalogue are made of: registers that move on, or commands that are answered in words with checksums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import EREMOTEIO, Chip, Source, drained, os_error

HPA, PPM, LUX, MM, PPB = 1013.25, 650, 432.0, 321, 12
"""The air, the light and the distance of a simulated bench."""


class CatalogueChip(Chip):
    """A chip that feels °C and %RH."""

    def __init__(self, celsius: Source, percent: Source, clock: Clock, powered_for: float = 0.0) -> None:
        self._celsius, self._percent = celsius, percent
        super().__init__(clock, powered_for)

    @property
    def celsius(self) -> float:
        """°C now."""
        return self._celsius(self.clock.monotonic())

    @property
    def percent(self) -> float:
        """%RH now."""
        return self._percent(self.clock.monotonic())


class Pointed(CatalogueChip):
    """Registers of one byte behind a pointer of `pointer` bytes that moves on."""

    pointer: ClassVar[int] = 1

    def reset(self) -> None:
        """Return to what `power_up` says."""
        self.registers, self.at = self.power_up(), 0

    def power_up(self) -> dict[int, int]:
        """Return what registers hold after power-up; all others hold 0."""
        return {}

    def live(self, register: int) -> int | None:
        """Return what a register shows now, if it shows something by itself."""
        return self.registers.get(register)

    def take(self, register: int, value: int) -> None:
        """Take a byte that is written."""
        self.registers[register] = value

    def write(self, data: bytes) -> None:
        """Set the pointer, then registers from there on."""
        self.at = int.from_bytes(data[: self.pointer], "big")
        for value in data[self.pointer :]:
            self.take(self.at, value)
            self.at += 1

    def read(self, length: int) -> bytes:
        """Return registers from the pointer on."""
        found = [(self.live(register), register) for register in range(self.at, self.at + length)]
        return bytes(self.registers.get(register, 0) if value is None else value for value, register in found)


class Words(CatalogueChip):
    """Commands of two bytes, answers of words with a checksum each; an unknown command is not acknowledged, nor a read without one."""

    answers: ClassVar[Mapping[int, Callable[[Any], tuple[int, ...]]]] = {}

    def reset(self) -> None:
        """Forget everything."""
        self.pending = b""
        self.since: float | None = None

    def write(self, data: bytes) -> None:
        """Do what a command says."""
        command = int.from_bytes(data[:2], "big")
        if command not in self.answers:
            raise os_error(EREMOTEIO)
        self.pending = with_crcs(*self.answers[command](self))

    def read(self, length: int) -> bytes:
        """Return the answer, once."""
        if not self.pending:
            raise os_error(EREMOTEIO)
        answer, self.pending = self.pending, b""
        return drained(answer, length)

    def start(self) -> tuple[int, ...]:
        """Measure periodically from now on."""
        self.since = self.clock.monotonic()
        return ()

    def stop(self) -> tuple[int, ...]:
        """Measure no more."""
        self.since = None
        return ()

    def ready(self, period: float) -> bool:
        """Return whether there is a sample that nobody has had."""
        return self.since is not None and self.clock.monotonic() - self.since >= period

    def taken(self, period: float) -> None:
        """Note that the sample was read."""
        if self.since is None or not self.ready(period):
            raise os_error(EREMOTEIO)
        self.since += (self.clock.monotonic() - self.since) // period * period

    def air(self) -> tuple[int, int]:
        """Return temperature and humidity as Sensirion counts them."""
        return round((self.celsius + 45) / 175 * 65535), round(self.percent / 100 * 65535)


def crc8(data: bytes, start: int = 0xFF) -> int:
    """Return the checksum of Sensirion's words: polynomial 0x31."""
    crc = start
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


def with_crcs(*words: int) -> bytes:
    """Return words with their checksums."""
    return b"".join(word.to_bytes(2, "big") + bytes((crc8(word.to_bytes(2, "big")),)) for word in words)


def block(first: int, data: bytes) -> dict[int, int]:
    """Return registers from `first` on."""
    return dict(enumerate(data, first))
