"""EMC2101: a fan controller with an internal and an external thermometer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import Chip, Source, drained

INTERNAL, EXTERNAL_HIGH, STATUS, CONFIG, RATE, EXTERNAL_LOW = 0x00, 0x01, 0x02, 0x03, 0x04, 0x10
TACH_LOW, TACH_HIGH, FAN_CONFIG, FAN_SETTING, PWM_FREQUENCY = 0x46, 0x47, 0x4A, 0x4C, 0x4D
PART, MAKER, REVISION = 0xFD, 0xFE, 0xFF

# Power-up values of the registers that have one; the data sheet's register map. All others start at 0.
POWER_UP = {
    RATE: 0x08,
    0x05: 0x46,  # internal high limit, 70 °C
    0x07: 0x46,  # external high limit, 70 °C
    0x48: 0xFF,  # tachometer limit, low
    0x49: 0xFF,  # tachometer limit, high
    FAN_CONFIG: 0x20,  # look-up table disabled: the fan setting is writable
    0x4B: 0x3F,  # spin-up
    PWM_FREQUENCY: 0x17,
    0x4E: 0x01,  # PWM divider
    0x4F: 0x04,  # hysteresis of the look-up table
    PART: 0x16,
    MAKER: 0x5D,
    REVISION: 0x01,
}
_READ_ONLY = frozenset((INTERNAL, EXTERNAL_HIGH, EXTERNAL_LOW, STATUS, TACH_LOW, TACH_HIGH, PART, MAKER, REVISION))
_SAME_AS = {0x09: CONFIG, 0x0A: RATE, 0x0B: 0x05, 0x0D: 0x07, 0x0E: 0x08}

_BUSY, _DIODE_FAULT = 0x80, 0x04  # status
_STANDBY, _DAC, _PIN_IS_TACH = 0x40, 0x10, 0x04  # config
_SETTING_WRITABLE, _INVERTED = 0x20, 0x10  # fan config
DIODE_CODES = {"open": 0x7F00, "short": 0x7FE0}
NO_PULSES = 0xFFFF
PULSES = 5_400_000  # tachometer count = this / rpm
_SLOWEST, _FASTEST = 16.0, 9  # rate 0 is one conversion in 16 s; 9 (32 Hz) is the last
_SETTING_MAX = 0x3F


class Emc2101(Chip):
    """EMC2101: one register per transaction, no auto-increment; reading 0x01 freezes 0x10, reading 0x46 freezes 0x47.

    `tachometer` returns the rpm at its TACH pin, None where no wire goes there; `on_fan` is called when its fan drive may have changed.
    """

    model: ClassVar[str] = "EMC2101"
    broken: ClassVar[tuple[str, ...]] = ("open", "short")

    def __init__(
        self,
        temperature: Source,
        clock: Clock,
        powered_for: float = 0.0,
        *,
        tachometer: Callable[[], float] | None = None,
        on_fan: Callable[[], None] | None = None,
    ) -> None:
        self._temperature = temperature
        self._tachometer = tachometer
        self._on_fan = on_fan
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Return to 16 conversions a second, fan drive 0, pin as ALERT."""
        self._registers = dict(POWER_UP)
        self._pointer = INTERNAL
        self._celsius: tuple[float, float] | None = None
        self._frozen = {EXTERNAL_LOW: 0x00, TACH_HIGH: 0xFF}
        self._next = self._powered_at + self._period()
        self._fan_changed()

    def fan_duty(self) -> float:
        """Return the duty cycle at the FAN pin, 0..1. Takes no lock."""
        config, fan_config = self._registers.get(CONFIG, 0), self._registers[FAN_CONFIG]
        # In PWM mode the drive is full at twice the frequency register, where 0 counts as 1.
        full = _SETTING_MAX if config & _DAC else 2 * max(1, self._registers[PWM_FREQUENCY] & 0x1F)
        duty = min(1.0, self._registers.get(FAN_SETTING, 0) / full)
        return 1.0 - duty if fan_config & _INVERTED else duty

    def write(self, data: bytes) -> None:
        """Set the pointer and, with a second byte, the register behind it."""
        self._convert()
        self._pointer = _SAME_AS.get(data[0], data[0])
        if len(data) > 1 and self._pointer not in _READ_ONLY:
            self._store(self._pointer, data[1])

    def read(self, length: int) -> bytes:
        """Return the one byte behind the pointer."""
        self._convert()
        return drained(bytes((self._register(self._pointer),)), length)

    def _store(self, register: int, value: int) -> None:
        if register == FAN_SETTING:
            if not self._registers[FAN_CONFIG] & _SETTING_WRITABLE:
                return
            value &= _SETTING_MAX
        before = self._registers.get(register, 0)
        self._registers[register] = value
        if register in {CONFIG, FAN_CONFIG, FAN_SETTING, PWM_FREQUENCY}:
            self._fan_changed()
        woken = register == CONFIG and before & ~value & _STANDBY
        if woken or register == RATE:
            self._next = self.clock.monotonic() + self._period()

    def _register(self, register: int) -> int:
        match register:
            case 0x00:
                return round(min(127.0, max(-128.0, self._celsius[0]))) & 0xFF if self._celsius else 0
            case 0x01:
                word = self._external_word()
                self._frozen[EXTERNAL_LOW] = word & 0xFF
                return word >> 8
            case 0x02:
                return (0 if self._celsius else _BUSY) | (_DIODE_FAULT if self.damage else 0)
            case 0x46:
                count = self._tach_count()
                self._frozen[TACH_HIGH] = count >> 8
                return count & 0xFF
            case 0x10 | 0x47:
                return self._frozen[register]
        return self._registers.get(register, 0)

    def _external_word(self) -> int:
        """Return the two external bytes: 11 bits, 0.125 °C, left-justified, or the code of a broken diode."""
        if self.damage:
            return DIODE_CODES[self.damage]
        if self._celsius is None:
            return 0x0000
        return round(min(126.875, max(-64.0, self._celsius[1])) * 8) << 5 & 0xFFFF

    def _tach_count(self) -> int:
        if self._tachometer is None or not self._registers.get(CONFIG, 0) & _PIN_IS_TACH:
            return NO_PULSES
        rpm = self._tachometer()
        return min(NO_PULSES, round(PULSES / rpm)) if rpm > 0.0 else NO_PULSES

    def _period(self) -> float:
        return _SLOWEST / (1 << min(self._registers[RATE] & 0x0F, _FASTEST))

    def _convert(self) -> None:
        """Catch up with the conversions that ended meanwhile; only the last one matters."""
        now = self.clock.monotonic()
        if now < self._next or self._registers.get(CONFIG, 0) & _STANDBY:
            return
        period = self._period()
        done = self._next + (now - self._next) // period * period
        self._next = done + period
        self._celsius = (self._temperature(done), self._temperature(done))

    def _fan_changed(self) -> None:
        if self._on_fan is not None:
            self._on_fan()
