"""TMP117 (TI SNOSD82; the TMP119 behaves the same): a temperature, converted by the chip on its own once a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import read_register, require_ids, signed, write_register
from actors.errors import PermanentError, TransientError

TEMPERATURE, CONFIG = 0x00, 0x01  # SNOSD82, register map
IDS: Final = {0x0F: (2, 0x0FFF, 0x0117)}
"""Device (SNOSD82, device ID register); the upper four bits are a revision."""
MODE, CYCLE, POWER_UP = 0x0C00, 0x0380, 0x0220
"""Fields of CONFIG, and what it holds after power-up: 8 conversions averaged, once a second (SNOSD82, configuration register)."""
SLEEPING: Final = 0x0400
"""The bit of MODE that is set in shutdown and in one-shot mode."""
CONVERSION: Final = 0.15
"""Seconds until the first result: 125 ms for 8 averages, and 10 % for a slow part (SNOSD82, electrical characteristics)."""
NOTHING: Final = 0x8000
"""-256 °C: no conversion since power-up (SNOSD82, temperature register)."""
RATED: Final = (-55.0, 150.0)


class TMP117(SensorDriver):
    """Reads only, unless the chip was left asleep or slow. Raises `wrong_chip`, `asleep`, `settings_lost`, `not_converted`, `bad_frame`."""

    chip = "TMP117"
    channels = (Channel("temp", "°C", 1 / 128, 0.1, *RATED),)
    ids: ClassVar = IDS
    addresses = (0x48, 0x49, 0x4A, 0x4B)  # ADD0 at ground, V+, SDA, SCL
    max_age = min_period = 1.0
    lag = 1.1 + CONVERSION

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), wake this one if it sleeps or is slow, and wait until it has measured."""
        require_ids(self.bus, self.address, self.chip, IDS, PermanentError)
        settings = self._read(CONFIG)
        if settings & SLEEPING or settings & CYCLE > POWER_UP & CYCLE:
            write_register(self.bus, self.address, CONFIG, POWER_UP)
        self.clock.sleep(CONVERSION)

    def measure(self) -> Mapping[str, Value]:
        """Return `temp`, or on which side of `RATED` it is."""
        require_ids(self.bus, self.address, self.chip, IDS, TransientError)
        if (settings := read_register(self.bus, self.address, CONFIG, 2)) & SLEEPING:
            raise TransientError("asleep", f"the TMP117 at 0x{self.address:02X} was put into shutdown mode: its temperature is an old one")
        if settings & CYCLE > POWER_UP & CYCLE:
            raise TransientError("settings_lost", f"the TMP117 at 0x{self.address:02X} was made slow: its temperature may be seconds old")
        if self._read(TEMPERATURE) == NOTHING:
            self.clock.sleep(CONVERSION)
        if (word := self._read(TEMPERATURE)) == NOTHING:
            raise TransientError("not_converted", f"the TMP117 at 0x{self.address:02X} has measured nothing since it was switched on")
        return {"temp": within(signed(word) / 128, *RATED, "TMP117")}

    def _read(self, register: int) -> int:
        return read_register(self.bus, self.address, register, 2)
