"""Chips of the catalogue as a driver test has them: those of the simulated bench, in air that never changes, which may fall silent."""

import errno

from actors.drivers.library.table import RECORDS
from actors.hardware.sim.chips.catalogue.base import HPA, LUX, MM, PPM
from actors.hardware.sim.chips.catalogue.table import CATALOGUE
from tests.actors.drivers.fakebus import no_ack
from tests.fakes import ManualClock

__all__ = ["CELSIUS", "FAKES", "HPA", "LUX", "MM", "PERCENT", "PPM", "STUCK", "Chip"]
CELSIUS, PERCENT = 24.875, 41.0
FAKES = {name: RECORDS[name].addresses[-1 if name in {"BMP388", "BMP390", "DPS310"} else 0] for name in CATALOGUE}
"""Where each is."""
STUCK = OSError(errno.ETIMEDOUT, "Connection timed out")


class Chip:
    """`on` is whether it acknowledges, `sends` what every byte read is instead of the truth (None: the truth)."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self._chip = CATALOGUE[name](lambda _: CELSIUS, lambda _: PERCENT, clock)
        self.on, self.reset = True, self._chip.reset
        self.sends: int | None = None

    def __call__(self, data: bytes | None, length: int) -> bytes:
        if not self.on:
            raise no_ack()
        try:
            answer = self._chip.transfer(data, length)
        except OSError:
            if self.sends is None or not length:
                raise
            answer = b""
        return answer if self.sends is None else bytes((self.sends,)) * length
