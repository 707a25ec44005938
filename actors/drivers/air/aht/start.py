"""How an AHT chip gets going: a reset where it is stuck, and its calibration, which it loads when it is told to."""

from __future__ import annotations

from typing import Final

from actors.core.clock import Clock
from actors.drivers.air.aht.frame import BUSY, CALIBRATED, plain_read
from actors.drivers.base import Bus
from actors.drivers.registers import repeated
from actors.errors import TransientError

LOADING: Final = 0.5
"""Seconds that a chip gets to load its calibration (aht10.c allows 350 to 450 ms)."""
INITIALISE_AHT10: Final = b"\xe1\x08\x00"
MEASURE: Final = b"\xac\x33\x00"
RESET: Final = b"\xba"
RESETTING: Final = 0.02
"""Soft reset, and the seconds it takes (AHT10 Technical Manual, 5.4)."""


def start_measuring(bus: Bus, address: int) -> None:
    """Start a measurement; where it was not acknowledged, again: a chip that measures already does not mind."""
    repeated(bus, address, MEASURE)


def after_reset(bus: Bus, address: int, clock: Clock) -> int:
    """Reset a chip, which then has no calibration; return its status; raises as `plain_read`."""
    bus.transfer(address, RESET)
    clock.sleep(RESETTING)
    return plain_read(bus, address, 1)[0]


def after_initialising(bus: Bus, address: int, clock: Clock) -> int:
    """Return the status of a chip that was told to load its calibration, once it has or `LOADING` is over; raises as `plain_read`."""
    until = clock.monotonic() + LOADING
    while True:
        clock.sleep(0.01)
        status = plain_read(bus, address, 1)[0]
        if status & (CALIBRATED | BUSY) == CALIBRATED or clock.monotonic() >= until:
            return status


def starts_as_aht10(bus: Bus, address: int, clock: Clock) -> bool:
    """Return whether the command of an AHT10 has a chip load its calibration, which that of an AHT20 did not; an AHT20 refuses it."""
    try:
        bus.transfer(address, INITIALISE_AHT10)
        return bool(after_initialising(bus, address, clock) & CALIBRATED)
    except (OSError, TransientError):
        return False


def require_calibrated(status: int, chip: str) -> None:
    """Raise TransientError `busy` or `not_calibrated` unless `status` says that the calibration is there."""
    if not status & CALIBRATED:
        if status & BUSY:
            raise TransientError("busy", f"the {chip} stays busy, also after a reset (status 0x{status:02X})")
        raise TransientError("not_calibrated", f"the {chip} does not load its calibration (status 0x{status:02X})")
