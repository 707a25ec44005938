"""ADS1115 (TI SBAS444): single conversions of one input against ground, gain 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from actors.clock import Clock
from actors.drivers.base import Bus
from actors.drivers.identity import CONFIGURATION, require
from actors.drivers.registers import read_register, repeated
from actors.errors import DeviceError, TransientError

Rate = Literal[8, 16, 32, 64, 128, 250, 475, 860]
RATES: Final = get_args(Rate)
"""Samples per second by the code of bits 7:5 (SBAS444, config register)."""
LSB: Final = 125e-6
"""Volts per count at gain 1, full scale 4.096 V (SBAS444, full-scale range)."""
SINGLE_SHOT: Final = 0x8303
"""Start, gain 1, single-shot, comparator off (SBAS444, config register)."""
IDLE: Final = 0x8000
OUTSIDE: Final = frozenset({0x7FFF, -0x8000})
"""Codes of an input outside the full scale."""
PATIENCE: Final = 0.05
"""Seconds beyond the longest conversion until a chip that does not finish is given up."""


@dataclass(frozen=True, slots=True)
class ADS1115:
    """One converter; `configured` is the driver name that the bench owner wrote. Thread: whoever owns the chip."""

    bus: Bus
    address: int
    clock: Clock
    rate: int
    configured: str

    def check(self, error: type[DeviceError]) -> None:
        """Raise `error` with code `wrong_chip` unless an ADS1115 answers."""
        require(self.bus, self.address, "ADS1115", self.configured, error)

    def convert(self, channel: int) -> int:
        """Return the signed code of input AIN`channel` (0..3).

        Raises TransientError `wrong_chip` (before anything is written), `settings_lost` or `not_converted`.
        """
        self.check(TransientError)
        wanted = SINGLE_SHOT | (4 + channel) << 12 | RATES.index(self.rate) << 5
        repeated(self.bus, self.address, bytes((CONFIGURATION, wanted >> 8, wanted & 0xFF)))
        self.clock.sleep(1.1 / self.rate + 0.0002)  # its oscillator may be 10 % slow, and it takes 0.1 ms to wake
        deadline = self.clock.monotonic() + PATIENCE
        while (held := read_register(self.bus, self.address, CONFIGURATION, 2)) != wanted:
            if held | IDLE != wanted:
                raise TransientError("settings_lost", f"the ADS1115 at 0x{self.address:02X} lost its settings: a power dip?")
            if self.clock.monotonic() >= deadline:
                raise TransientError("not_converted", f"the ADS1115 at 0x{self.address:02X} does not finish its conversion")
            self.clock.sleep(0.001)
        code = read_register(self.bus, self.address, 0, 2)
        return code - 0x10000 if code & 0x8000 else code
