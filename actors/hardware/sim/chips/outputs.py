"""Simulated chips that drive something: they go on as they are until somebody changes them, or their supply goes."""

from __future__ import annotations

from collections.abc import Callable

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import Chip, drained

_FULL, _SLEEP, _STEPS = 0x10, 0x10, 4096
_MODE1, _LED0, _LEDS_END, _PRESCALE = 0x00, 0x06, 0x46, 0xFE


class DrivingChip(Chip):
    """`on_change` hears of whatever may have changed at its outputs; `duty` is what one of them does, 0 to 1."""

    def __init__(self, clock: Clock, powered_for: float = 0.0, on_change: Callable[[], None] | None = None) -> None:
        self._on_change = on_change
        super().__init__(clock, powered_for)

    def transfer(self, data: bytes | None, length: int) -> bytes:
        """Take one bus transfer, and tell of it if it may have changed anything."""
        answer = super().transfer(data, length)
        if data and self._on_change is not None:
            self._on_change()
        return answer

    def duty(self, channel: int) -> float:
        """Return what an output does, 0 to 1."""
        raise NotImplementedError


class Pca9685(DrivingChip):
    """PCA9685: registers as in its data sheet; the prescaler takes a value only while it sleeps."""

    model = "PCA9685"

    def reset(self) -> None:
        """Sleep, answer the all-call address, all outputs off (table 4)."""
        self._registers = dict.fromkeys(range(256), 0)
        self._registers |= {_MODE1: 0x11, 0x01: 0x04, _PRESCALE: 0x1E}
        self._registers |= dict.fromkeys(range(_LED0 + 3, _LEDS_END, 4), _FULL)
        self._pointer = 0

    def write(self, data: bytes) -> None:
        """Set the pointer and the registers from there on."""
        self._pointer = data[0]
        for register, value in enumerate(data[1:], data[0]):
            if register != _PRESCALE or self._registers[_MODE1] & _SLEEP:
                self._registers[register & 0xFF] = value

    def read(self, length: int) -> bytes:
        """Return the registers from the pointer on."""
        return bytes(self._registers[(self._pointer + place) & 0xFF] for place in range(length))

    def duty(self, channel: int) -> float:
        """Return the duty cycle of an output; a chip that sleeps drives nothing."""
        _on_low, on_high, off_low, off_high = (self._registers[_LED0 + 4 * channel + place] for place in range(4))
        if self._registers[_MODE1] & _SLEEP or off_high & _FULL:
            return 0.0
        return 1.0 if on_high & _FULL else (off_high << 8 | off_low) / _STEPS


class Mcp4725(DrivingChip):
    """MCP4725: what its EEPROM holds, half scale from the factory, comes with the supply."""

    model = "MCP4725"
    factory = 0x800

    def reset(self) -> None:
        """Give what the EEPROM holds."""
        self._code, self._down = self.factory, 0

    def write(self, data: bytes) -> None:
        """Take a fast-mode command of two bytes; a single one changes nothing."""
        if len(data) > 1 and not data[0] & 0xC0:
            self._down, self._code = data[0] >> 4 & 3, (data[0] & 0x0F) << 8 | data[1]

    def read(self, length: int) -> bytes:
        """Return status, output and EEPROM."""
        status = 0xC0 | self._down << 1
        return drained(bytes((status, self._code >> 4, self._code << 4 & 0xF0, self.factory >> 8, self.factory & 0xFF)), length)

    def duty(self, channel: int) -> float:
        """Return the part of the supply that it gives."""
        del channel
        return 0.0 if self._down else self._code / _STEPS


class Mcp23017(DrivingChip):
    """MCP23017 with IOCON.BANK = 0: all pins are inputs after power-up."""

    model = "MCP23017"

    def reset(self) -> None:
        """Make every pin an input."""
        self._registers = dict.fromkeys(range(0x16), 0) | {0x00: 0xFF, 0x01: 0xFF}
        self._pointer = 0

    def write(self, data: bytes) -> None:
        """Set the pointer and the registers from there on; what goes to a port goes to its latch."""
        self._pointer = data[0]
        for register, value in enumerate(data[1:], data[0]):
            self._registers[register + 2 if register in {0x12, 0x13} else register] = value

    def read(self, length: int) -> bytes:
        """Return the registers from the pointer on; a pin that is an input reads low."""
        return bytes(self._value(self._pointer + place) for place in range(length))

    def duty(self, channel: int) -> float:
        """Return 1 for a pin that is driven high."""
        return float(self._value(0x12 + channel // 8) >> channel % 8 & 1)

    def _value(self, register: int) -> int:
        if register in {0x12, 0x13}:
            return self._registers[register + 2] & ~self._registers[register - 0x12]
        return self._registers.get(register, 0)


class Pcf8574(DrivingChip):
    """PCF8574: every byte that is written is its eight pins, which are high after power-up."""

    model = "PCF8574"

    def reset(self) -> None:
        """Let all pins go high."""
        self._pins = 0xFF

    def write(self, data: bytes) -> None:
        """Take the last byte."""
        self._pins = data[-1]

    def read(self, length: int) -> bytes:
        """Return the pins, again and again."""
        return bytes((self._pins,)) * length

    def duty(self, channel: int) -> float:
        """Return 1 for a pin that is high."""
        return float(self._pins >> channel & 1)
