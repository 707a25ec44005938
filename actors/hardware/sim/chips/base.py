"""What the simulated chips have in common: power, a clock, one transfer at a time."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from typing import ClassVar

from actors.core.clock import Clock

Source = Callable[[float], float]
"""A physical quantity at a chip, asked for a time of its clock (s): °C, %RH."""

# Windows and macOS lack the number by which the Raspberry Pi's adapters report a missing acknowledge.
EREMOTEIO: int = getattr(errno, "EREMOTEIO", 121)


def os_error(number: int) -> OSError:
    """Return the OSError the kernel would raise for `number`."""
    return OSError(number, "Remote I/O error" if number == EREMOTEIO else os.strerror(number))


class Chip:
    """One chip on the bus. Thread-safe; `transfer` raises OSError(EREMOTEIO) where the chip does not acknowledge.

    `powered_for` is the time in seconds since its supply came up when the object is made.
    """

    model: ClassVar[str]
    start_up: ClassVar[float] = 0.0
    """Seconds after power-up during which the chip does not acknowledge."""
    broken: ClassVar[tuple[str, ...]] = ()
    """What can be wrong with the probe wired to this chip."""

    def __init__(self, clock: Clock, powered_for: float = 0.0) -> None:
        self.clock = clock
        self.damage: str | None = None
        """One of `broken`, or None while the probe is sound."""
        self._lock = threading.Lock()
        self._powered_at = clock.monotonic() - powered_for
        self.reset()

    def transfer(self, data: bytes | None, length: int) -> bytes:
        """Take one bus transfer: write `data` unless None, then read `length` bytes."""
        with self._lock:
            if self.clock.monotonic() < self._powered_at + self.start_up:
                raise os_error(EREMOTEIO)
            if data:
                self.write(data)
            return self.read(length) if length else b""

    def power_cycle(self) -> None:
        """Lose the supply and get it back at once: every register returns to its power-up state."""
        with self._lock:
            self._powered_at = self.clock.monotonic()
            self.reset()

    def reset(self) -> None:
        """Set the power-up state, `_powered_at` being the instant of it."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        """Take the bytes of a write message; never empty."""
        raise NotImplementedError

    def read(self, length: int) -> bytes:
        """Return the bytes of a read message."""
        raise NotImplementedError


def drained(data: bytes, length: int) -> bytes:
    """Return `length` bytes: what the chip sends, then the ones of a released line."""
    return data[:length].ljust(length, b"\xff")
