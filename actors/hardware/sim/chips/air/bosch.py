"""Simulated BME280 and BMP280: raw values made by looking for the one whose compensation is the truth."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import ClassVar, Final

from actors.core.clock import Clock
from actors.drivers.air.bmx280.calibration import Calibration
from actors.hardware.sim.chips.base import Source
from actors.hardware.sim.chips.registers import RegisterChip

T_AND_P: Final = struct.pack("<HhhHhhhhhhhh", 27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
"""The example calibration of the BMP280's data sheet (BST-BMP280-DS001, 3.12)."""
HUMIDITY: Final = bytes((0x6A, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1E))
"""What 0xE1 to 0xE7 hold: dig_H2 362, H3 0, H4 313, H5 50, H6 30; with H1 75 in 0xA1, a common part's."""
PRESSURE: Final = 1013.25  # hPa
_MEASURING: Final = 0.008


def _found(wanted: float, top: int, of: Callable[[int], float]) -> int:
    """Return the code whose value is nearest to `wanted`; `of` rises or falls all the way."""
    low, high = 0, top
    rising = of(high) > of(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (of(middle) < wanted) == rising else (low, middle)
    return min((low, high), key=lambda code: abs(of(code) - wanted))


class Bmp280(RegisterChip):
    """BMP280: sleeps, measures once when it is told to, and holds 0x80000 where it has measured nothing."""

    model: ClassVar[str] = "BMP280"
    width: ClassVar[int] = 1
    advances: ClassVar[bool] = True
    number: ClassVar[int] = 0x58
    start_up: ClassVar[float] = 0.002

    def __init__(self, temperature: Source, humidity: Source, clock: Clock, powered_for: float = 0.0) -> None:
        self._temperature, self._humidity = temperature, humidity
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Return to sleep, nothing measured."""
        super().reset()
        nothing = dict(zip(range(0xF7, 0xFF), b"\x80\x00\x00\x80\x00\x00\x80\x00", strict=True))
        self._registers |= {0xD0: self.number, **nothing, **dict(enumerate(T_AND_P, 0x88)), 0xA1: 75, **dict(enumerate(HUMIDITY, 0xE1))}
        self._ready = 0.0

    def write(self, data: bytes) -> None:
        """Set the pointer, and registers by pairs of number and value."""
        self._pointer = data[0]
        for register, value in zip(data[::2], data[1::2], strict=False):
            if register == 0xE0 and value == 0xB6:  # noqa: PLR2004 - the soft reset
                self.reset()
            elif register in {0xF2, 0xF4, 0xF5}:
                self._registers[register] = value
        if len(data) > 1 and self._registers.get(0xF4, 0) & 0x03 in {1, 2}:
            self._measure(self.clock.monotonic())

    def value(self, register: int) -> int:
        """Return what a register holds; the status says whether a measurement is under way."""
        busy = self.clock.monotonic() < self._ready
        if register == 0xF3:  # noqa: PLR2004 - the status
            return 0x08 if busy else 0x00
        return super().value(register)

    def _measure(self, now: float) -> None:
        known = Calibration.of(T_AND_P + bytes((0, 75)), HUMIDITY)
        hot = _found(self._temperature(now) * 5120, 0xFFFFF, known.fine)
        fine = known.fine(hot)
        heavy = _found(PRESSURE, 0xFFFFF, lambda code: known.pressure(code, fine))
        damp = _found(self._humidity(now), 0xFFFF, lambda code: known.humidity(code, fine))
        skipped = not self._registers.get(0xF2, 0)
        data = (hot << 4).to_bytes(3, "big"), (heavy << 4).to_bytes(3, "big"), (0x8000 if skipped else damp).to_bytes(2, "big")
        self._registers |= dict(enumerate(data[1] + data[0] + data[2], 0xF7))
        self._registers[0xF4] &= ~0x03
        self._ready = now + _MEASURING


class Bme280(Bmp280):
    """BME280: a BMP280 that measures humidity, too."""

    model: ClassVar[str] = "BME280"
    number: ClassVar[int] = 0x60
