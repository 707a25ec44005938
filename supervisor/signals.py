"""Signals that end the daemon: the first asks for an end in good order, the second for one at once, a third does not even wait."""

from __future__ import annotations

import os
import queue
import signal
import sys
from collections.abc import Callable
from types import FrameType

from supervisor.reload import HangUp


class Stop:
    """Whether a signal asked for the end, and a way to wait for it. Main thread; what it does in a signal takes no lock.

    `reason` is the name of the first signal; `at_once` whether there was a second one.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.at_once = False
        self.tell: Callable[[str], None] | None = None
        """Called with the reason inside the first signal, so that nothing the main thread is busy with delays the end."""
        self.interrupts = False
        """Whether the first signal raises KeyboardInterrupt: set while `config.py` is run, which may not come to an end."""
        self._asked: queue.SimpleQueue[int] = queue.SimpleQueue()  # its `put` may interrupt its `get`; an Event would lock itself out
        self.hang_up = HangUp(lambda: self._asked.put(0), self._on_signal)
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.at_once:
            sys.stderr.flush()
            os._exit(128 + number)
        if self.reason is not None:
            self.at_once = True
        else:
            self.reason = signal.Signals(number).name
            if self.tell is not None:
                self.tell(self.reason)
        self._asked.put(number)
        if self.interrupts:
            self.interrupts = False
            raise KeyboardInterrupt

    def wait(self, seconds: float) -> None:
        """Wait for a signal, at most `seconds`."""
        try:
            self._asked.get(timeout=seconds)
        except queue.Empty:
            return
