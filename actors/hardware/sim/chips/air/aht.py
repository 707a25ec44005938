"""AHT10 and AHT20: humidity and temperature, one 80 ms measurement on command."""

from __future__ import annotations

from typing import ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import EREMOTEIO, Chip, Source, drained, os_error

BUSY = 0x80
CALIBRATED = 0x08
INIT_AHT10, INIT_AHT20, MEASURE, SOFT_RESET, STATUS = 0xE1, 0xBE, 0xAC, 0xBA, 0x71

# Aosong AHT10 technical manual, table 9 and 5.4; DHT20 data sheet 7.4.
MEASUREMENT_TIME = 0.080
RESET_TIME = 0.020
_FULL_SCALE = 1 << 20


class Aht10(Chip):
    """AHT10: six bytes without checksum; uncalibrated until it gets E1 08 00."""

    model: ClassVar[str] = "AHT10"
    start_up: ClassVar[float] = 0.020  # technical manual 5.1
    init_commands: ClassVar[tuple[int, ...]] = (INIT_AHT10,)
    init_time: ClassVar[float] = 0.040  # not in the manual; the Linux driver allows 350 ms
    reserved: ClassVar[int] = 0x10  # bits without a meaning, which a driver must mask
    has_checksum: ClassVar[bool] = False

    def __init__(self, temperature: Source, humidity: Source, clock: Clock, powered_for: float = 0.0) -> None:
        self._temperature = temperature
        self._humidity = humidity
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Forget calibration and data: a frame read now says 0 % and -50 °C."""
        self._data = bytes(5)
        self._calibrated = False
        self._busy_until = 0.0
        self._measuring = False

    def write(self, data: bytes) -> None:
        """Take a command. An unknown one, or one that comes while the chip is busy, is acknowledged and ignored."""
        command, now = data[0], self.clock.monotonic()
        self._settle(now)
        if command == SOFT_RESET:
            self._powered_at = now + RESET_TIME - self.start_up
            self.reset()
        elif now < self._busy_until:
            return
        elif command in self.init_commands:
            self._calibrated = True
            self._busy_until = now + self.init_time
        elif data == bytes((MEASURE, 0x33, 0x00)):
            self._busy_until = now + MEASUREMENT_TIME
            self._measuring = True

    def read(self, length: int) -> bytes:
        """Return status, humidity, temperature and, where the chip has one, the checksum."""
        now = self.clock.monotonic()
        self._settle(now)
        status = self.reserved | (BUSY if now < self._busy_until else 0) | (CALIBRATED if self._calibrated else 0)
        frame = bytes((status,)) + self._data
        return drained(frame + bytes((checksum(frame),)) if self.has_checksum else frame, length)

    def _settle(self, now: float) -> None:
        if not self._measuring or now < self._busy_until:
            return
        self._measuring = False
        done = self._busy_until
        humidity = _code(self._humidity(done) / 100.0)
        temperature = _code((self._temperature(done) + 50.0) / 200.0)
        self._data = (humidity << 20 | temperature).to_bytes(5, "big")


class Aht20(Aht10):
    """AHT20: as AHT10 with a checksum and its own init command; `accepts_e1` is False for those that do not acknowledge 0xE1.

    A status command (0x71) before a read leaves it busy until a reset, as seen in the field; a plain read is the way to its status.
    """

    model: ClassVar[str] = "AHT20"
    start_up: ClassVar[float] = 0.100  # DHT20 data sheet 7.4; an AHT20 may be ready after 40 ms
    init_commands: ClassVar[tuple[int, ...]] = (INIT_AHT10, INIT_AHT20)
    init_time: ClassVar[float] = 0.010  # DHT20 data sheet 7.4
    reserved: ClassVar[int] = 0x14
    has_checksum: ClassVar[bool] = True

    def __init__(self, temperature: Source, humidity: Source, clock: Clock, powered_for: float = 0.0, *, accepts_e1: bool = False) -> None:
        self.accepts_e1 = accepts_e1
        super().__init__(temperature, humidity, clock, powered_for)

    def write(self, data: bytes) -> None:
        """Take a command as the AHT10 does; it stumbles over two."""
        if data[0] == INIT_AHT10 and not self.accepts_e1:
            raise os_error(EREMOTEIO)
        if data[0] == STATUS:
            self._busy_until, self._measuring = float("inf"), False
        super().write(data)


def checksum(data: bytes) -> int:
    """Return the CRC-8 of `data`: polynomial 0x31, start 0xFF, most significant bit first (DHT20 data sheet 7.4)."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _code(fraction: float) -> int:
    return min(_FULL_SCALE - 1, max(0, round(fraction * _FULL_SCALE)))
