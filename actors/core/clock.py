"""Time as a dependency, so that tests decide how fast it passes."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock in seconds and a way to wait on it."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary origin; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for `seconds`."""


class SystemClock:
    """The machine's own monotonic clock: the functions of `time` themselves, since every request asks for the time a dozen times."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)
