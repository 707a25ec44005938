"""Simulated thermometers that convert on their own: MCP9808, TMP117, MCP9600 and MCP9601."""

from __future__ import annotations

from typing import ClassVar

from actors.core.clock import Clock
from actors.drivers.temperature.thermocouple import CODES
from actors.hardware.sim.chips.base import Source
from actors.hardware.sim.chips.registers import RegisterChip


class _Thermometer(RegisterChip):
    """Feels a temperature; before its first conversion is done it has none."""

    conversion: ClassVar[float] = 0.25

    def __init__(self, temperature: Source, clock: Clock, powered_for: float = 0.0) -> None:
        self._temperature = temperature
        self._since = float("-inf")
        super().__init__(clock, powered_for)

    def celsius(self) -> float | None:
        """Return °C of the last conversion, None before the first."""
        if self.age < self.conversion:
            return None
        now = self.clock.monotonic()
        if now - self._since >= self.conversion:
            self._since, self._felt = now, self._temperature(now)
        return self._felt

    def reset(self) -> None:
        """Forget what was measured."""
        super().reset()
        self._since, self._felt = float("-inf"), 0.0


class Mcp9808(_Thermometer):
    """MCP9808 (Microchip DS25095): 13 bits, 1/16 °C, three alarm bits above them."""

    model: ClassVar[str] = "MCP9808"
    power_up: ClassVar = {0x06: 0x0054, 0x07: 0x0400}
    writable: ClassVar = frozenset({0x01, 0x02, 0x03, 0x04})

    def value(self, register: int) -> int:
        """Return the temperature in register 5."""
        celsius = self.celsius()
        return super().value(register) if register != 0x05 or celsius is None else 0xC000 | round(celsius * 16) & 0x1FFF  # noqa: PLR2004


class Tmp117(_Thermometer):
    """TMP117 (TI SNOSD82): 16 bits, 1/128 °C, -256 °C before the first conversion."""

    model: ClassVar[str] = "TMP117"
    conversion: ClassVar[float] = 0.125
    power_up: ClassVar = {0x01: 0x0220, 0x0F: 0x0117}
    writable: ClassVar = frozenset({0x01})

    def value(self, register: int) -> int:
        """Return the temperature in register 0."""
        if register != 0x00:
            return super().value(register)
        celsius = self.celsius()
        return 0x8000 if celsius is None else round(celsius * 128)


class Mcp9600(_Thermometer):
    """MCP9600 (Microchip DS20005426) with a thermocouple, which may be open; the wrong type measures 20 % too little."""

    model: ClassVar[str] = "MCP9600"
    broken: ClassVar[tuple[str, ...]] = ("open",)
    conversion: ClassVar[float] = 0.32
    power_up: ClassVar = {0x20: 0x4012}
    widths: ClassVar = {0x04: 1, 0x05: 1, 0x06: 1, 0x20: 2}
    writable: ClassVar = frozenset({0x05, 0x06})

    def __init__(self, temperature: Source, clock: Clock, powered_for: float = 0.0, wired: str = "K") -> None:
        self._wired = CODES.index(wired) << 4
        super().__init__(temperature, clock, powered_for)

    def value(self, register: int) -> int:
        """Return hot and cold junction, and the status."""
        celsius = self.celsius()
        if register == 0x04:  # noqa: PLR2004 - the status
            return (0x00 if celsius is None else 0x40) | {"open": 0x10, "short": 0x20}.get(self.damage or "", 0)
        if register not in {0x00, 0x02} or celsius is None:
            return super().value(register)
        right = super().value(0x05) & 0x70 == self._wired or register == 0x02  # noqa: PLR2004 - the cold junction
        return round(celsius * 16 * (1.0 if right else 0.8))


class Mcp9601(Mcp9600):
    """MCP9601: an MCP9600 that tells a broken wire from a short."""

    model: ClassVar[str] = "MCP9601"
    broken: ClassVar[tuple[str, ...]] = ("open", "short")
    power_up: ClassVar = {0x20: 0x4112}
