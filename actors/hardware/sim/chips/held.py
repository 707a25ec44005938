"""A chip that a driver of the kernel reads: on the bus it is there, and what it measures is told by files."""

from __future__ import annotations

import errno
from typing import ClassVar, Final

from actors.drivers.base import Bus
from actors.hardware.sim.chips.base import Chip, os_error

_SOUND: Final = b"\x55\xaa"


class HeldChip(Chip):
    """It acknowledges; whatever is wrong with it on the bus is what its driver meets."""

    model: ClassVar[str] = "KERNEL"

    def reset(self) -> None:
        """Have nothing to lose."""

    def write(self, data: bytes) -> None:
        """Take anything."""

    def read(self, length: int) -> bytes:
        """Return what its driver expects."""
        return (_SOUND * length)[:length]


def held_by_kernel(bus: Bus, address: int) -> None:
    """Ask a chip as its driver does: raises OSError as the bus does, EIO for an answer that is not the chip's."""
    if bus.transfer(address, None, len(_SOUND)) != _SOUND:
        raise os_error(errno.EIO)
