"""TMP102: a thermometer that converts on its own clock."""

from __future__ import annotations

from typing import ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import Chip, Source, drained

TEMPERATURE, CONFIG, T_LOW, T_HIGH = range(4)

# TI SBOS397, "Configuration register" and "Electrical characteristics".
POWER_UP_CONFIG = 0x60A0
POWER_UP_LIMITS = {T_LOW: 0x4B00, T_HIGH: 0x5000}  # 75 and 80 °C
CONVERSION_TIME = 0.026  # s, typical
PERIODS = (4.0, 1.0, 0.25, 0.125)  # s, by CR1:CR0
_ONE_SHOT, _RESOLUTION, _POLARITY, _SHUTDOWN = 0x8000, 0x6000, 0x0400, 0x0100
_RATE_SHIFT, _ALERT, _EXTENDED = 6, 0x0020, 0x0010
_WRITABLE = 0xFFFF & ~(_ONE_SHOT | _RESOLUTION | _ALERT | 0x000F)
_STEPS_PER_DEGREE = 16


class Tmp102(Chip):
    """TMP102: pointer register, 4 conversions a second, 0x0000 until the first is done."""

    model: ClassVar[str] = "TMP102"

    def __init__(self, temperature: Source, clock: Clock, powered_for: float = 0.0) -> None:
        self._temperature = temperature
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Return to 4 Hz, 12 bits, no conversion yet."""
        self._pointer = TEMPERATURE
        self._settings = POWER_UP_CONFIG & _WRITABLE
        self._limits = dict(POWER_UP_LIMITS)
        self._celsius: float | None = None
        self._alerting = False
        self._one_shot_done = False
        self._schedule(self._powered_at)

    def write(self, data: bytes) -> None:
        """Set the pointer and, with two more bytes, the register behind it."""
        self._convert()
        self._pointer = data[0] & 0x03
        if len(data) < 3 or self._pointer == TEMPERATURE:  # noqa: PLR2004 - pointer and one 16-bit register
            return
        word = int.from_bytes(data[1:3], "big")
        if self._pointer == CONFIG:
            self._configure(word)
        else:
            self._limits[self._pointer] = word & 0xFFF0

    def read(self, length: int) -> bytes:
        """Return the register behind the pointer, most significant byte first."""
        self._convert()
        word = {TEMPERATURE: self._temperature_word, CONFIG: self._config_word}.get(self._pointer)
        return drained((word() if word else self._limits[self._pointer]).to_bytes(2, "big"), length)

    def _configure(self, word: int) -> None:
        now, before = self.clock.monotonic(), self._settings
        self._settings = word & _WRITABLE
        if word & _SHUTDOWN:
            if word & _ONE_SHOT:
                self._one_shot_done = False
                self._next = now + CONVERSION_TIME
            elif not before & _SHUTDOWN:
                self._next = float("inf")
        elif (before ^ word) & (_SHUTDOWN | 0x3 << _RATE_SHIFT):
            self._one_shot_done = False
            self._schedule(now)

    def _schedule(self, start: float) -> None:
        self._next = start + CONVERSION_TIME

    def _convert(self) -> None:
        """Catch up with the conversions that ended meanwhile; only the last one matters."""
        now = self.clock.monotonic()
        if now < self._next:
            return
        done = self._next
        if self._settings & _SHUTDOWN:
            self._next, self._one_shot_done = float("inf"), True
        else:
            period = PERIODS[self._settings >> _RATE_SHIFT & 0x3]
            done += (now - done) // period * period
            self._next = done + period
        self._celsius = self._temperature(done)
        self._compare(self._celsius)

    def _compare(self, celsius: float) -> None:
        """Alert from T_HIGH on, until below T_LOW: comparator mode, with a fault queue of one."""
        if celsius >= _decode(self._limits[T_HIGH]):
            self._alerting = True
        elif celsius < _decode(self._limits[T_LOW]):
            self._alerting = False

    def _config_word(self) -> int:
        alert_bit = self._alerting == bool(self._settings & _POLARITY)
        return self._settings | _RESOLUTION | (_ALERT if alert_bit else 0) | (_ONE_SHOT if self._one_shot_done else 0)

    def _temperature_word(self) -> int:
        if self._celsius is None:
            return 0x0000
        extended = bool(self._settings & _EXTENDED)
        top = 0x0FFF if extended else 0x07FF
        code = min(top, max(-top - 1, round(self._celsius * _STEPS_PER_DEGREE)))
        return (code << 3 & 0xFFFF) | 0x0001 if extended else code << 4 & 0xFFFF


def _decode(word: int) -> float:
    """Return the °C of a 12-bit limit register."""
    return ((word ^ 0x8000) - 0x8000) / 16 / _STEPS_PER_DEGREE
