"""Signals that end the daemon: the first asks for an end in good order, the second for one at once, a third does not even wait.

What a handler does interrupts the main thread at any line, and so at any lock. So no handler here does more than set an attribute: the
system writes each signal's number into a pair of sockets (`signal.set_wakeup_fd`), and a thread that waits there does the rest.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from supervisor.exits import EX_SOFTWARE

ENDED_WITHIN: Final = 5.0
"""Seconds: a main thread that works needs 2.5 s at most."""
_END: Final = ("SIGTERM", "SIGINT", "SIGBREAK")
_MANY: Final = 64


class Stop:
    """Whether a signal asked for the end, and a way to wait for it. Made and closed by the main thread.

    `reason` is the name of the first signal; `at_once` whether there was a second one; `hang_up` what SIGHUP asks for.
    """

    def __init__(self, tell: Callable[[str], object] = lambda _reason: None) -> None:
        """`tell` is called with the reason at the first signal, in a thread of its own: nothing the main thread is busy with delays it."""
        self.reason: str | None = None
        self.at_once = False
        self.tell = tell
        self.interrupts = False
        """Whether a signal that asks for the end raises KeyboardInterrupt: set while `config.py` is run, which may not come to an end."""
        self.interrupted = False
        """Whether one has."""
        self.hang_up = HangUp()
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._ends = {int(getattr(signal, name)) for name in _END if hasattr(signal, name)}
        self._before = {number: signal.signal(number, self._on_signal) for number in self._ends}
        if self.hang_up.number is not None and signal.getsignal(self.hang_up.number) != signal.SIG_IGN:
            self._before[self.hang_up.number] = signal.signal(self.hang_up.number, self._on_signal)
        self._listens, self._written = socket.socketpair()
        self._written.settimeout(0)
        self._former = signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for a signal or a `wake`, at most `seconds`."""
        with suppress(queue.Empty):
            self._asked.get(timeout=seconds)

    def wake(self) -> None:
        """Have a `wait` return. Any thread, but no signal handler."""
        self._asked.put(None)

    def close(self) -> None:
        """Put back what was there before."""
        signal.set_wakeup_fd(self._former)
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        self._written.close()
        self._thread.join()
        self._listens.close()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Interrupt what may not end by itself. Takes no lock."""
        if self.interrupts and (number in self._ends or self.hang_up.is_end()):
            self.interrupts, self.interrupted = False, True
            raise KeyboardInterrupt

    def _listen(self) -> None:
        while numbers := self._received():
            for number in numbers:
                if number in self._ends:
                    self._end(number)
                elif number == self.hang_up.number:
                    self._end(number) if self.hang_up.is_end() else self.hang_up.ask()
            self.wake()

    def _received(self) -> bytes:
        """Return the next signals; after the second that asks for the end, the main thread has `ENDED_WITHIN` seconds to come to it."""
        try:
            return self._listens.recv(_MANY)
        except TimeoutError:
            os._exit(EX_SOFTWARE)

    def _end(self, number: int) -> None:
        if self.at_once:
            os._exit(128 + number)
        if self.reason is not None:
            self.at_once = True
            self._listens.settimeout(ENDED_WITHIN)
            return
        self.reason = signal.Signals(number).name
        self.tell(self.reason)


class HangUp:
    """SIGHUP, where there is one: a wish to reload; but the end, if the terminal that the daemon was started from has gone.

    A daemon that was told to ignore it (nohup) goes on ignoring it.
    """

    def __init__(self) -> None:
        self.number: int | None = getattr(signal, "SIGHUP", None)
        self._wanted = False
        self._had_terminal = _has_terminal()

    def ask(self) -> None:
        """Note the wish. Any thread."""
        self._wanted = True

    def taken(self) -> bool:
        """Return whether a reload was asked for since this was last asked. Main thread."""
        wanted, self._wanted = self._wanted, False
        return wanted

    def is_end(self) -> bool:
        """Return whether it means the end."""
        return self._had_terminal and not _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True
