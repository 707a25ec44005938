"""How much larger the process has become since this gateway served: beyond a bound it ends, and the next one begins with what is needed.

ZeroMQ bounds a message that is on its way neither in frames nor in bytes, and keeps what waits for us without a mark. Gateway thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import structlog

from actors.core import events
from actors.errors import OUTGROWN, PilotageError

log = structlog.get_logger()

MOST: Final = 64 * 1024 * 1024
"""Bytes by which the process may grow."""
STEP: Final = 1024 * 1024
"""Bytes of growth from look to look after which it is looked more often for `WARY_FOR` seconds."""
WARY_FOR: Final = 1.0
OFTEN, SELDOM, ALONE = 0.02, 0.25, 0.75
"""Seconds between two looks: while it grows, or somebody is connected who has not asked anything yet; else; while nobody is connected."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
_LINE: Final = 128
"""Bytes: more than /proc/self/statm ever has."""


class Growth:
    """`resident` returns the bytes that the process takes, None where the system does not tell."""

    def __init__(self, resident: Callable[[], int | None]) -> None:
        self._resident = resident
        self._least: int | None = None
        self._before = 0
        self._wary_until = float("-inf")

    def begin(self) -> None:
        """Take the present size for the usual one."""
        self._least = self._resident()

    def look(self, now: float, *, strangers: bool, alone: bool) -> float:
        """Return the seconds until the next look; raises PilotageError `outgrown`. `now` is monotonic."""
        size = self._resident()
        if size is None:
            return SELDOM
        self._least = size if self._least is None else min(size, self._least)
        grown = size - self._least
        if grown > MOST:
            log.warning(events.GATEWAY_OUTGROWN, mib=grown // 1024 // 1024)
            raise PilotageError(OUTGROWN, f"the process had grown by {grown // 1024 // 1024} MiB since the gateway began")
        if size - self._before > STEP:
            self._wary_until = now + WARY_FOR
        self._before = size
        if strangers or now < self._wary_until:
            return OFTEN
        return ALONE if alone else SELDOM


def resident() -> int | None:
    """Return the resident memory of this process in bytes; None where there is no /proc."""
    try:
        statm = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None
    try:  # many times a second, so without a file object
        return int(os.read(statm, _LINE).split()[1]) * _PAGE
    finally:
        os.close(statm)


def give_back() -> None:
    """Have the C library return free memory to the system, where it can; it keeps freed messages otherwise."""
    try:
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, ImportError, MemoryError, OSError, TypeError):  # another C library; or a system that forbids it
        return
