"""Simulated power meters: INA219, INA226 and INA260 in the wire of a 12 V supply."""

from __future__ import annotations

from typing import ClassVar, Final

from actors.core.clock import Clock
from actors.hardware.sim.chips.registers import RegisterChip

VOLTS, AMPERES = 12.0, 0.5
_CONVERSION: Final = 0.0011


class Ina219(RegisterChip):
    """INA219 (TI SBOS448): no number of its own; its registers are 0 until it has converted."""

    model: ClassVar[str] = "INA219"
    power_up: ClassVar = {0x00: 0x399F}
    writable: ClassVar = frozenset({0x00, 0x05})

    def __init__(self, clock: Clock, powered_for: float = 0.0, shunt: float = 0.1) -> None:
        self._shunt = shunt
        super().__init__(clock, powered_for)

    def value(self, register: int) -> int:
        """Return what a register holds now."""
        measured = self.measured().get(register)
        return super().value(register) if measured is None or self.age < _CONVERSION else measured

    def measured(self) -> dict[int, int]:
        """Return the registers of what it measures."""
        return {0x01: round(AMPERES * self._shunt / 1e-5), 0x02: round(VOLTS / 0.004) << 3 | 0x02}


class Ina226(Ina219):
    """INA226 (TI SBOS547)."""

    model: ClassVar[str] = "INA226"
    power_up: ClassVar = {0x00: 0x4127, 0xFE: 0x5449, 0xFF: 0x2260}

    def measured(self) -> dict[int, int]:
        """Return the registers of what it measures."""
        return {0x01: round(AMPERES * self._shunt / 2.5e-6), 0x02: round(VOLTS / 0.00125)}


class Ina260(Ina219):
    """INA260 (TI SBOS656): its shunt is inside."""

    model: ClassVar[str] = "INA260"
    power_up: ClassVar = {0x00: 0x6127, 0xFE: 0x5449, 0xFF: 0x2270}

    def measured(self) -> dict[int, int]:
        """Return the registers of what it measures."""
        return {0x01: round(AMPERES / 0.00125), 0x02: round(VOLTS / 0.00125)}
