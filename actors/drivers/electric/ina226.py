"""INA226 (TI SBOS547): voltage of a supply, and the current through a shunt, converted by the chip on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.electric.shunt import ShuntOptions, amperes, power
from actors.drivers.ends import within
from actors.drivers.registers import read_register, require_ids, signed, write_register
from actors.errors import PermanentError, TransientError

CONFIG, SHUNT, BUS = 0x00, 0x01, 0x02  # SBOS547, table 2
CONVERSION: Final = 0.003
"""Seconds for both quantities: 2 * 1.21 ms at most after power-up (SBOS547, 6.5)."""
TI: Final = (2, 0xFFFF, 0x5449)


class INA226(SensorDriver):
    """Raises `wrong_chip`, `settings_lost`, `bad_frame`."""

    chip = "INA226"
    channels = (Channel("voltage", "V", 0.00125, 0.01, 0.0, 36.0), Channel("current", "A", 2.5e-5), Channel("power", "W", 1e-3))
    addresses = tuple(range(0x40, 0x50))  # A1 and A0 at ground, supply, SDA, SCL
    max_age = min_period = 0.05
    lag = 2 * CONVERSION
    Options: ClassVar[type[Any]] = ShuntOptions
    ids: ClassVar = {0xFE: TI, 0xFF: (2, 0xFFF0, 0x2260)}  # SBOS547, 7.6.8 and 7.6.9
    power_up: ClassVar[int] = 0x4127
    """Configuration after power-up: 1.1 ms, no averages, always converting (SBOS547, 7.6.1)."""

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), and set this one as it is after power-up."""
        require_ids(self.bus, self.address, self.chip, self.ids, PermanentError)
        if self._read(CONFIG) != self.power_up:
            write_register(self.bus, self.address, CONFIG, self.power_up)
        self.clock.sleep(CONVERSION)

    def measure(self) -> Mapping[str, Value]:
        """Return `voltage`, `current` through the shunt, and `power`, their product."""
        require_ids(self.bus, self.address, self.chip, self.ids, TransientError)
        shunt, bus = self._read(SHUNT), self._read(BUS)
        if shunt == 0 or bus == 0:  # nothing there, or power came back just now: both start at 0
            self.clock.sleep(CONVERSION)
            shunt, bus = self._read(SHUNT), self._read(BUS)
        if self._read(CONFIG) != self.power_up:  # last, so that it vouches for the others
            raise TransientError("settings_lost", f"the {self.chip} at 0x{self.address:02X} was set by another program: let one use it")
        voltage = within(bus * 0.00125, 0.0, 36.0, self.chip, 0.0, "V")
        current = self._current(signed(shunt))
        return {"voltage": voltage, "current": current, "power": power(voltage, current)}

    def _current(self, code: int) -> Value:
        return amperes(code, 0x7FFF, 2.5e-6, self.options.shunt, self.chip)

    def _read(self, register: int) -> int:
        return read_register(self.bus, self.address, register, 2)
