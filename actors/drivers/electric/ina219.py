"""INA219 (TI SBOS448): voltage of a supply, and the current through a shunt, converted by the chip on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.electric.shunt import ShuntOptions, amperes, power
from actors.drivers.ends import within
from actors.drivers.registers import read_register, signed, write_register
from actors.errors import DeviceError, PermanentError, TransientError

CONFIG, SHUNT, BUS, POWER_UP = 0x00, 0x01, 0x02, 0x399F  # SBOS448, table 2; 32 V, 320 mV, 12 bits, always converting (SBOS448, 8.6.2.1)
UNUSED, READY = 0xC000, 0x0002  # of CONFIG, read 0; of BUS, set once it has converted (SBOS448, 8.6.2.1 and 8.6.3.2)
CONVERSION: Final = 0.002  # s for both quantities: 2 * 586 us at most (SBOS448, 7.5)
FULL: Final = 32000  # counts of 10 uV at 320 mV, where the shunt's register ends (SBOS448, 8.6.3.1)


class INA219(SensorDriver):
    """The chip has no number: its settings stand for it. Raises `wrong_chip`, `settings_lost`, `not_converted`, `bad_frame`."""

    chip = "INA219"
    channels = (Channel("voltage", "V", 0.004, 0.1, 0.0, 32.0), Channel("current", "A", 1e-4), Channel("power", "W", 2e-3))
    addresses = tuple(range(0x40, 0x50))  # A1 and A0 at ground, supply, SDA, SCL
    max_age, min_period, lag = 0.05, 0.05, 2 * CONVERSION
    Options = ShuntOptions

    def connect(self) -> None:
        """Refuse what cannot be an INA219 (PermanentError `wrong_chip`), set it as it is after power-up, and see that it is."""
        if self._settings(PermanentError) != POWER_UP:
            write_register(self.bus, self.address, CONFIG, POWER_UP)
            if self._settings(PermanentError) != POWER_UP:
                raise PermanentError("wrong_chip", f"config.py says INA219, but what is at 0x{self.address:02X} keeps no settings")
        self.clock.sleep(CONVERSION)

    def measure(self) -> Mapping[str, Value]:
        """Return `voltage`, `current` through the shunt, and `power`, their product."""
        shunt, bus = self._read(SHUNT), self._read(BUS)
        if shunt == 0 or not bus & ~READY:  # nothing there, or power came back just now: both start at 0
            self.clock.sleep(CONVERSION)
            shunt, bus = self._read(SHUNT), self._read(BUS)
            if shunt == bus == 0:
                raise TransientError("not_converted", f"the INA219 at 0x{self.address:02X} has measured nothing")
        if self._settings(TransientError) != POWER_UP:  # last, so that it vouches for the others
            raise TransientError("settings_lost", f"the INA219 at 0x{self.address:02X} was set by another program: let one use it")
        if bus & 0x0004:  # SBOS448, figure 25: never set
            raise TransientError("bad_frame", f"the INA219 sent 0x{bus:04X}, which is no voltage")
        voltage = within((bus >> 3) * 0.004, 0.0, 32.0, self.chip, 0.0, "V")
        current = amperes(signed(shunt), FULL, 1e-5, self.options.shunt, self.chip)
        return {"voltage": voltage, "current": current, "power": power(voltage, current)}

    def _settings(self, error: type[DeviceError]) -> int:
        found = self._read(CONFIG)
        if found & UNUSED or found == 0:
            raise error("wrong_chip", f"config.py says INA219, found another chip, or none, at 0x{self.address:02X} (0x{found:04X})")
        return found

    def _read(self, register: int) -> int:
        return read_register(self.bus, self.address, register, 2)
