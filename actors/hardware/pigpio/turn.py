"""Who may use something that serves one thread at a time: first come, first served."""

from __future__ import annotations

import threading
from collections import deque


class Turn:
    """A lock that is handed to whoever has waited longest. Any thread.

    With the locks of `threading` a thread that asks again at once may get it again and again: one output that is driven or read
    without end would keep the heartbeat of a heater waiting for longer than its lease.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self, timeout: float = -1) -> bool:
        """Wait for one's turn, at most `timeout` seconds (-1: without limit); return whether it came."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._lock:
            if mine not in self._waiting:  # it came at the last moment
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Let the next one have it."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
