"""A time limit for code that is not ours: it runs in a thread of its own, which is left behind if it does not come back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
READ_WITHIN = 10.0
"""Seconds for executing and checking a file: imports of large libraries take some on a small Pi."""
_left: Final[list[threading.Thread]] = []


class OverdueError(Exception):
    """It was still at work when its time was over; `line` is where in the file, if it is in the file."""

    def __init__(self, line: int | None) -> None:
        super().__init__("overdue")
        self.line = line


class _Ended(SystemExit):
    """Raised in a thread that nobody waits for any more: it ends without a word."""


class _Work(threading.Thread, Generic[T]):
    """A daemon thread: whatever threads the code starts are daemons too, unless it insists, and the process does not wait for them."""

    def __init__(self, act: Callable[[], T]) -> None:
        super().__init__(name="config.py", daemon=True)
        self._act = act
        self._done = threading.Event()
        self.outcome: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Keep what `act` returns or raises."""
        try:
            self.outcome = self._act()
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            self.error = error
        self._done.set()

    def within(self, seconds: float) -> bool:
        """Return whether it was done in this time."""
        return self._done.wait(seconds)


def bounded(act: Callable[[], T], file: Path, seconds: float) -> T:
    """Return what `act` returns; raises what it raises, or `OverdueError`. A signal handler that raises interrupts the wait."""
    before = set(threading.enumerate())
    work = _Work(act)
    work.start()
    try:
        if not work.within(seconds):
            raise OverdueError(_line(work, file))
    finally:
        _end(work)
        _left[:] = [thread for thread in {*_left, *threading.enumerate()} - before if thread.is_alive()]
    if work.error is not None:
        raise work.error
    outcome: T = work.outcome
    return outcome


def left_behind() -> bool:
    """Return whether a file's threads are still there: the end of the process would wait for some kinds of them."""
    return any(thread.is_alive() for thread in _left)


def _line(work: threading.Thread, file: Path) -> int | None:
    """Return the line of `file` in which the thread is."""
    frame = sys._current_frames().get(work.ident or 0)  # noqa: SLF001 - the one way to see where another thread is
    while frame is not None and frame.f_code.co_filename != str(file):
        frame = frame.f_back
    return None if frame is None else frame.f_lineno


def _end(work: _Work[Any]) -> None:
    """End a thread that would otherwise compute for ever; one that waits in the system goes on waiting, and costs nothing."""
    for _ in range(3):
        if work.within(0.0):
            return
        import ctypes

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(work.ident or 0), ctypes.py_object(_Ended))
        work.join(0.1)
