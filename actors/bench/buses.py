"""Where a chip is: on which I2C bus, behind which channel of which multiplexer, and by which numbers clients reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOBODY: Final = 0
"""The general call, at which no chip is: the address of a transfer that asks none on I2C."""
WIRE_MIN, WIRE_MAX = 0x80, 0xFFFF
"""Numbers beyond every 7-bit I2C address, of at most four hexadecimal digits: as many as a request may have."""
DEFAULT: Final = ""
"""The channel of a number that stands for the whole sensor: its default one."""


@dataclass(frozen=True, slots=True, order=True)
class BusPath:
    """An I2C bus by what does not change between boots: a root adapter's number, or a channel of the multiplexer at address `mux` on it."""

    root: int
    mux: int | None = None
    channel: int | None = None

    def __str__(self) -> str:
        """Return it as the log and `status` write it: `i2c-3`, `i2c-1/0x70/3`."""
        return f"i2c-{self.root}" if self.mux is None else f"i2c-{self.root}/0x{self.mux:02X}/{self.channel}"

    @property
    def words(self) -> str:
        """It as a sentence has it."""
        return (
            f"I2C bus {self.root}"
            if self.mux is None
            else f"channel {self.channel} of the multiplexer 0x{self.mux:02X} on I2C bus {self.root}"
        )


def spot(bus: BusPath | None, address: int) -> str:
    """Return where a chip is, in one word: `0x48` on the bench's own bus (None), `i2c-1/0x70/3:0x76` elsewhere."""
    return f"0x{address:02X}" if bus is None else f"{bus}:0x{address:02X}"
