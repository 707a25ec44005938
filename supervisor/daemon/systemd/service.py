"""The daemon's word to whoever started it: ready, well, in what state, about to end. Everything here runs in the main thread."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import structlog

from actors.core import events
from actors.core.clock import Clock
from actors.messages import Tell
from supervisor import journal
from supervisor.daemon import dump
from supervisor.daemon.beside import Beside
from supervisor.daemon.systemd.liveness import Liveness
from supervisor.daemon.systemd.notify import Notifier
from supervisor.daemon.systemd.status_line import StatusLine
from supervisor.tree.progress import Progress
from supervisor.tree.state import State

log = structlog.get_logger()

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
        self._announced = self._unheard = False
        self.address = ""
        """Where the daemon answers on this machine, once it does."""
        self._beside = Beside()

    def ready(self) -> bool:
        """Say READY once the gateway has answered a request; return whether it has. Nobody needs to listen."""
        progress = self._progress
        if self._announced or not progress.ready.is_set() or progress.state is None:
            return self._announced
        detail: dict[str, Any] = progress.state.gateway.detail
        self.address = answers(detail["endpoint"])
        if self.address:
            self._announced = True
            self._tell_status(progress.state)
            self.notifier.ready()
        return self._announced

    def look(self) -> None:
        """Do what is due; what goes wrong with one thing is recorded, and the others are done."""
        self._beside.do("log", journal.tend)
        state = self._progress.state
        if self._request.taken():
            self._beside.do("dump", partial(self.dump, "info"))
        if not self._announced or state is None:
            return
        self._tell_status(state)
        self._tell_again()
        self._beside.do("liveness", self._liveness.look)

    def _tell_status(self, state: State) -> None:
        if self.notifier.asked:
            self._beside.do("status line", lambda: self.notifier.status(self._line.text(state)))

    def _tell_again(self) -> None:
        """Say once that the service manager does not listen, and once that it does."""
        unheard = self.notifier.again()
        if unheard and not self._unheard:
            log.warning(events.NOTIFY_FAILED, reason="READY is said again until it is taken; clients are served meanwhile")
        self._unheard = unheard

    def dump(self, level: str = "error") -> None:
        """Record all stacks and the tree."""
        dump.report(self._progress.state, level)

    def stopping(self, reason: str) -> None:
        """Say that the end has begun."""
        self.notifier.stopping()
        self.notifier.status(f"stopping ({reason})")


def answers(endpoint: str) -> str:
    """Return where on this machine the gateway at `endpoint` (what it is bound to) answers a request that goes to the supervisor, or ""."""
    from pilotage import Client, ClientError

    for address in _here(endpoint):
        try:
            with Client(address, timeout=ANSWER_WITHIN, curve="") as client:
                client.status()
        except ClientError:
            continue
        return address
    return ""


def _here(endpoint: str) -> list[str]:
    """Return the addresses to try; what listens on all IPv6 addresses may listen on those of IPv4, too."""
    if "//0.0.0.0:" in endpoint:
        return [endpoint.replace("//0.0.0.0:", "//127.0.0.1:")]
    if "//[::]:" in endpoint:
        return [endpoint.replace("//[::]:", f"//{host}:") for host in ("127.0.0.1", "[::1]")]
    return [endpoint]
