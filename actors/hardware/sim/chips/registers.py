"""A simulated chip made of numbered registers behind a pointer: most sensors of today are one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import Chip, drained


class RegisterChip(Chip):
    """A pointer, and registers of `width` bytes, or as many as `widths` says; a longer read goes on with the next if `advances`."""

    power_up: ClassVar[Mapping[int, int]] = {}
    """What registers hold after power-up; all others hold 0."""
    width: ClassVar[int] = 2
    widths: ClassVar[Mapping[int, int]] = {}
    advances: ClassVar[bool] = False
    writable: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, clock: Clock, powered_for: float = 0.0) -> None:
        self._registers: dict[int, int] = {}
        self._pointer = 0
        super().__init__(clock, powered_for)

    @property
    def age(self) -> float:
        """Seconds since power-up."""
        return self.clock.monotonic() - self._powered_at

    def reset(self) -> None:
        """Return to `power_up`."""
        self._registers = dict(self.power_up)
        self._pointer = 0

    def write(self, data: bytes) -> None:
        """Set the pointer and, with as many bytes as it has, the register behind it."""
        self._pointer = data[0]
        if len(data) > self._width(data[0]) and data[0] in self.writable:
            self.store(data[0], int.from_bytes(data[1 : 1 + self._width(data[0])], "big"))

    def read(self, length: int) -> bytes:
        """Return the register behind the pointer, most significant byte first."""
        data, at = b"", self._pointer
        while len(data) < length and (self.advances or not data):
            data += (self.value(at) & (1 << 8 * self._width(at)) - 1).to_bytes(self._width(at), "big")
            at += 1
        return drained(data, length)

    def store(self, register: int, value: int) -> None:
        """Take what is written into a register."""
        self._registers[register] = value

    def value(self, register: int) -> int:
        """Return what a register holds now."""
        return self._registers.get(register, 0)

    def _width(self, register: int) -> int:
        return self.widths.get(register, self.width)
