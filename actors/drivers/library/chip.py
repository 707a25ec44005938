"""A library's object for one chip, and how its methods are called: whatever it raises becomes an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from actors.drivers.library.guard import Guard
from actors.drivers.library.open import opened
from actors.drivers.library.record import Record
from actors.drivers.registers import confirmed
from actors.errors import DeviceError, PermanentError, TransientError

T = TypeVar("T")
NOT_FOUND = ("find", "Wrong sensor", "No I2C device", "bad USER1", "not found")
"""Words by which the libraries say that another chip is there."""


class Opened:
    """What is there while a chip is connected. Made: PermanentError `library_missing`, `wrong_chip`, and what `call` raises."""

    def __init__(self, record: Record, guard: Guard) -> None:
        self.record, self.guard = record, guard
        self.settings: tuple[int, ...] = ()
        arguments = dict(record.arguments)
        if record.address_argument:
            arguments[record.address_argument] = guard.address
        self.object: Any = self.call(lambda: opened(guard, record.library, record.kind, guard.transfer, **arguments), PermanentError)
        for method in record.after:
            self.call(getattr(self.object, method), PermanentError)

    def call(self, act: Callable[[], T], other: type[DeviceError] = TransientError) -> T:
        """Do something with the library. Raises DeviceError; OSError where the bus said so, also where the library hid it."""
        try:
            return act()
        except DeviceError:
            raise
        except Exception as error:
            if self.guard.bus_error is not None:
                raise self.guard.bus_error from error
            text = f"{type(error).__name__}: {error}"
            if any(words in text for words in NOT_FOUND):
                raise other(
                    "wrong_chip", f"config.py says {self.record.chip}, found another chip at 0x{self.guard.address:02X} ({text})"
                ) from error
            raise TransientError("library_error", f"{self.record.library} gives up on the {self.record.chip} ({text})") from error


def read_pointer(guard: Guard, address: int, pointer: bytes, length: int) -> int:
    """Return a register, most significant byte first, by a pointer of one or more bytes; raises as `confirmed` does."""
    return int.from_bytes(confirmed(guard, address, pointer, length), "big")
