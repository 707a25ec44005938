"""TMP102 (TI SBOS397): a temperature, converted by the chip on its own four times a second. TMP112 behaves the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.ends import within
from actors.drivers.registers import CONFIGURATION, read_register, repeated, require
from actors.errors import PermanentError, TransientError

CONVERSION: Final = 0.035
"""Longest conversion in seconds (SBOS397, electrical characteristics: 26 ms typical, 35 ms maximum)."""
ONE_SHOT, SHUTDOWN, FAST = 0x8000, 0x0100, 0x0080  # FAST: 4 or 8 conversions a second (SBOS397, configuration register)
LOWEST, HIGHEST, HIGHEST_EXTENDED = -55.0, 127.875, 150.0
"""°C: what it survives (absolute maximum ratings); the next code of 12 bits is 128 °C and everything above (SBOS397, table 2)."""


class TMP102(SensorDriver):
    """Reads only, unless the chip was left asleep or slow. Raises `wrong_chip`, `asleep`, `settings_lost`, `bad_frame`."""

    chip = "TMP102"
    channels = (Channel("temp", "°C", 0.0625, 0.5, LOWEST, HIGHEST),)
    ids: ClassVar = {CONFIGURATION: (2, 0x600F, 0x6000)}  # SBOS397, configuration register: R1, R0 and the low nibble
    addresses = (0x48, 0x49, 0x4A, 0x4B)  # ADD0 at ground, V+, SDA, SCL
    max_age = min_period = 0.25
    lag = 0.25 + CONVERSION

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), wake this one if it sleeps, and wait until it has measured something."""
        configuration = require(self.bus, self.address, self.chip, self.chip, PermanentError)
        wanted = (configuration | FAST) & ~(SHUTDOWN | ONE_SHOT)
        if wanted != configuration:
            repeated(self.bus, self.address, bytes((CONFIGURATION, wanted >> 8, wanted & 0xFF)))
        self.clock.sleep(CONVERSION)

    def measure(self) -> Mapping[str, Value]:
        """Return `temp`. A chip swapped, asleep, slow or garbled is a TransientError: `connect` will judge it."""
        if (configuration := require(self.bus, self.address, self.chip, self.chip, TransientError)) & SHUTDOWN:
            raise TransientError("asleep", f"the TMP102 at 0x{self.address:02X} was put into shutdown mode: its temperature is an old one")
        if not configuration & FAST:
            raise TransientError("settings_lost", f"the TMP102 at 0x{self.address:02X} was made slow: its temperature may be seconds old")
        word = read_register(self.bus, self.address, 0, 2)
        if word == 0:  # 0 degC, or power came back just now: register 0 reads 0 until the first conversion is done
            self.clock.sleep(CONVERSION)
            word = read_register(self.bus, self.address, 0, 2)
        return {"temp": decode(word)}


def decode(word: int) -> Value:
    """Return °C from register 0, or a Fault `over_range` or `under_range`; raises TransientError `bad_frame`.

    Bit 0 says whether it has 13 bits (extended mode) or 12, D2 and D1 are always 0 (SBOS397, 6.5.2).
    """
    if word & 0x0006 or word & 0x0009 == 0x0008:  # noqa: PLR2004 - D3 carries data only in extended mode
        raise TransientError("bad_frame", f"the TMP102 sent 0x{word:04X}, which is no temperature")
    signed = word - 0x10000 if word & 0x8000 else word
    temperature = (signed >> (3 if word & 1 else 4)) / 16
    return within(temperature, LOWEST, HIGHEST_EXTENDED if word & 1 else HIGHEST, "TMP102")
