"""ADS1115 (TI SBAS444): single conversions of one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from actors.core.clock import Clock
from actors.drivers.base import Bus
from actors.drivers.electric.ads1115.codes import IDLE, POWER_UP, RATES, SINGLE_SHOT
from actors.drivers.registers import CONFIGURATION, read_register, repeated, require
from actors.errors import DeviceError, TransientError

CONVERTED_WITHIN: Final = 0.05
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

    def convert(self, inputs: int, gain: int = 1) -> int:
        """Return the signed code of what the MUX bits `inputs` select, at the PGA bits `gain` (1: 4.096 V).

        Raises TransientError `wrong_chip` (before anything is written), `settings_lost` or `not_converted`.
        """
        self.check(TransientError)
        wanted = SINGLE_SHOT | inputs << 12 | gain << 9 | RATES.index(self.rate) << 5
        repeated(self.bus, self.address, bytes((CONFIGURATION, wanted >> 8, wanted & 0xFF)))
        self.clock.sleep(1.1 / self.rate + 0.0002)  # its oscillator may be 10 % slow, and it takes 0.1 ms to wake
        deadline = self.clock.monotonic() + CONVERTED_WITHIN
        while not self._finished(wanted):
            if self.clock.monotonic() >= deadline:
                raise TransientError("not_converted", f"the ADS1115 at 0x{self.address:02X} does not finish its conversion")
            self.clock.sleep(0.001)
        code = read_register(self.bus, self.address, 0, 2)
        self._finished(wanted)  # another program may have begun a conversion of its own just now
        return code - 0x10000 if code & 0x8000 else code

    def _finished(self, wanted: int) -> bool:
        held = read_register(self.bus, self.address, CONFIGURATION, 2)
        if held | IDLE != wanted:
            why = (
                "lost its settings: a power dip?"
                if held | IDLE == POWER_UP
                else f"was set to 0x{held:04X} by another program: let one use it"
            )
            raise TransientError("settings_lost", f"the ADS1115 at 0x{self.address:02X} {why}")
        return held == wanted
