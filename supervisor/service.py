"""The daemon's word to whoever started it: ready, well, in what state, about to end. Everything here runs in the main thread."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from actors.clock import Clock
from actors.messages import Tell
from supervisor import dump, journal
from supervisor.liveness import Liveness
from supervisor.notify import Notifier
from supervisor.progress import Progress
from supervisor.status_line import StatusLine

ANSWER_WITHIN: Final = 1.0
"""Seconds for one try of the request that must be answered before the daemon counts as ready."""
FEED_EVERY: Final = 3
"""The watchdog is fed this often within the time it allows."""


class Service:
    """Ties notification, liveness, status line and dump together; `look` is called about twice a second."""

    def __init__(self, tell: Tell, progress: Progress, clock: Clock, environment: Mapping[str, str] = os.environ) -> None:
        """`tell` reaches the supervisor."""
        self.notifier = Notifier.from_environment(environment, os.getpid())
        self._progress = progress
        self._request = dump.Request()
        self._line = StatusLine(clock)
        every = self.notifier.watchdog / FEED_EVERY if self.notifier.watchdog is not None else float("inf")
        self._liveness = Liveness(tell, clock, feed=self.notifier.alive, feed_every=every, on_silence=self.dump)
        self._announced = False

    def ready(self) -> bool:
        """Say READY once the gateway has answered a request; return whether it has been said."""
        progress = self._progress
        if self._announced or not progress.ready.is_set() or progress.supervisor is None:
            return self._announced
        detail: dict[str, Any] = progress.supervisor.gateway.detail
        if answers(detail["endpoint"]):
            self.notifier.status(self._line.text(progress.supervisor))
            self._announced = self.notifier.ready() or not self.notifier.asked
        return self._announced

    def look(self) -> None:
        """Do what is due."""
        journal.tend()
        supervisor = self._progress.supervisor
        if self._request.taken():
            self.dump("info")
        if not self._announced or supervisor is None:
            return
        if self.notifier.asked:
            self.notifier.status(self._line.text(supervisor))
        self._liveness.look()

    def dump(self, level: str = "error") -> None:
        """Record all stacks and the tree."""
        dump.report(self._progress.supervisor, level)

    def stopping(self, reason: str) -> None:
        """Say that the end has begun."""
        self.notifier.stopping()
        self.notifier.status(f"stopping ({reason})")


def answers(endpoint: str) -> bool:
    """Return whether the gateway at `endpoint` (what it is bound to) answers a request that goes through it to the supervisor."""
    from supervisor.client import Client, ClientError

    address = endpoint.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    try:
        with Client(address, timeout=ANSWER_WITHIN, curve="") as client:
            client.status()
    except ClientError:
        return False
    return True
