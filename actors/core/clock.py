"""Time as a dependency, so that tests decide how fast it passes."""

from __future__ import annotations

import time
from datetime import UTC, datetime
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


def iso(unix: float) -> str:
    """Return an instant, in Unix time, as the wire and the records write it: 2026-11-23T12:00:00.000Z."""
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
