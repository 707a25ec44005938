"""MCP9600 and MCP9601 (Microchip DS20005426): a thermocouple and its cold junction, converted by the chip on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import read_register, require_ids, signed, write_register
from actors.drivers.temperature.mcp960x.status import fault_of, type_code
from actors.drivers.temperature.thermocouple import RANGES, ThermocoupleOptions, hot_junction
from actors.errors import PermanentError, TransientError

HOT, COLD, STATUS, SENSOR, DEVICE, CONVERTED = 0x00, 0x02, 0x04, 0x05, 0x06, 0x40  # DS20005426, table 5-1; a bit of STATUS
CONVERSION: Final = 0.6  # s: 320 ms for 18 bits, 250 ms for the cold junction (DS20005426, table 6-3)


class MCP9600(SensorDriver):
    """Writes type and filter. Raises `wrong_chip`, `settings_lost`, `bad_frame`; for its Faults see `fault_of`."""

    chip = "MCP9600"
    channels = (hot_junction("K", 0.0625, 1.5), Channel("cold_junction", "°C", 0.0625, 1.0, -40.0, 125.0))
    addresses = tuple(range(0x60, 0x68))  # ADDR by its divider (DS20005426, table 6-1)
    max_age, min_period, lag, Options = 0.35, 0.35, CONVERSION, ThermocoupleOptions
    ids: ClassVar = {0x20: (2, 0xFF00, 0x4000)}  # DS20005426, 5.3.1

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels, with the range of its type of thermocouple."""
        return hot_junction(options.type, 0.0625, 1.5), cls.channels[1]

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), set the type, wake the chip, wait until it has measured with that type."""
        require_ids(self.bus, self.address, self.chip, self.ids, PermanentError)
        for register, value in ((SENSOR, type_code(self.options)), (DEVICE, 0x00)):  # 18 bits, 0.0625 °C, always converting
            if self._read(register, 1) != value:
                write_register(self.bus, self.address, register, value, 1)
        self.clock.sleep(2 * CONVERSION)  # also the one under way

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` and `cold_junction`. A chip that lost its type is set up again: TransientError `settings_lost`."""
        require_ids(self.bus, self.address, self.chip, self.ids, TransientError)
        before, hot, cold, status = self._look()
        if 0 in {hot, cold} and not before & status & CONVERTED:  # power came back just now: both start at 0
            self.clock.sleep(CONVERSION)
            _, hot, cold, status = self._look()
            if hot == cold == 0 and not status & CONVERTED:
                raise TransientError("not_converted", f"the {self.chip} at 0x{self.address:02X} has measured nothing")
        if (self._read(SENSOR, 1), self._read(DEVICE, 1)) != (type_code(self.options), 0x00):  # last, so that it vouches for the others
            self.connect()
            raise TransientError("settings_lost", f"the {self.chip} lost the type of its thermocouple (a power dip?) and was set up again")
        temperature = fault_of(self.chip, status, hot) or within(signed(hot) / 16, *RANGES[self.options.type], "thermocouple")
        return {"temp": temperature, "cold_junction": within(signed(cold) / 16, -40.0, 125.0, self.chip)}

    def _look(self) -> tuple[int, int, int, int]:
        return self._read(STATUS, 1), self._read(HOT, 2), self._read(COLD, 2), self._read(STATUS, 1)

    def _read(self, register: int, length: int) -> int:
        return read_register(self.bus, self.address, register, length)
