"""One bit across threads that a thread sleeps on: a descriptor, so that a poller can wait for it beside sockets.

Setting it lets go of the interpreter's lock for a moment, as every system call here does, so the thread that is woken runs at once.
With the locks of `threading` and `queue` it would wake up and wait for that lock (docs/decisions/0012-wake-ups-and-switch-interval.md).
"""

from __future__ import annotations

import math
import os
import select
import socket
import threading
from typing import Any, Final

_PIECE: Final = 4096


class Wake:
    """An eventfd on Linux, a pair of sockets elsewhere. `set` from any thread, the rest by the one thread that sleeps on it."""

    def __init__(self) -> None:
        self._closing = threading.Lock()
        self._pair: tuple[socket.socket, socket.socket] | None = None
        if hasattr(os, "eventfd"):
            self.fd: Any = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self._pair = socket.socketpair()
            for end in self._pair:
                end.settimeout(0)
            self.fd = self._pair[0].fileno()
        self._poll: Any = None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(self.fd, select.POLLIN)

    def set(self) -> None:
        """Wake the sleeper, or have its next sleep end at once. Any thread; never raises, also after `close`."""
        with self._closing:  # the number of a descriptor given back may be another file's already
            if self.fd < 0:
                return
            try:
                if self._pair is None:
                    os.eventfd_write(self.fd, 1)
                else:
                    self._pair[1].send(b"\0")
            except BlockingIOError:  # full: it is awake already
                return

    def wait(self, seconds: float | None) -> None:
        """Sleep until it is set, at most `seconds`, rounded up to a millisecond (None = for ever), and forget that it was set."""
        if self._ready(seconds):
            self.clear()

    def clear(self) -> None:
        """Forget that it was set: after a poller has said so."""
        try:
            if self._pair is None:
                os.eventfd_read(self.fd)
            else:
                self._pair[0].recv(_PIECE)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptor back; nobody may sleep on it any more."""
        with self._closing:
            if self.fd < 0:
                return
            if self._pair is None:
                os.close(self.fd)
            else:
                for end in self._pair:
                    end.close()
            self.fd = -1

    def __del__(self) -> None:
        """Give back what nobody can wait for any more."""
        if hasattr(self, "fd"):
            self.close()

    def _ready(self, seconds: float | None) -> bool:
        if self._poll is not None:
            return bool(self._poll.poll(None if seconds is None else math.ceil(max(seconds, 0.0) * 1000)))
        return bool(select.select([self.fd], [], [], None if seconds is None else max(seconds, 0.0))[0])
