"""What the outputs of one chip have in common: a lock around reading, changing and writing a register, and what was written last."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from actors.errors import TransientError

PATIENCE: Final = 0.5
"""Seconds to wait for another output of the chip: as long as a transfer may take before it counts as one that hangs."""


class Shared:
    """One per chip of this process; `levels` are the bits that its outputs have set, by channel."""

    def __init__(self) -> None:
        self.levels: dict[int, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def alone(self, chip: str) -> Iterator[None]:
        """Keep the other outputs of the chip out; raises TransientError `busy` when one of them does not come back."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise TransientError("busy", f"another output of the chip at {chip} does not come back")
        try:
            yield
        finally:
            self._lock.release()


_CHIPS: dict[str, Shared] = {}


def shared(chip: str) -> Shared:
    """Return what the outputs of the chip at `chip`, a place in one word, have in common. Any thread."""
    return _CHIPS.setdefault(chip, Shared())
