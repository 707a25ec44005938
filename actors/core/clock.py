"""Time as a dependency, so that tests decide how fast it passes."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
"""Present once systemd-timesyncd has set the clock since boot (systemd-timesyncd.service(8))."""
_BOOTTIME: Final = getattr(time, "CLOCK_BOOTTIME", None)


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


def boot_clock() -> float:
    """Return seconds that nobody sets, and that go on while the machine sleeps, where the system has such a clock."""
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


def clock_synchronised() -> bool | None:
    """Return whether the machine's clock was set since it started; None where nothing says so."""
    if not SYNCHRONISED.parent.is_dir():
        return None
    return SYNCHRONISED.exists()
