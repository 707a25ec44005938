"""Which clients are connected: told by the ROUTER's socket monitor, by the descriptor of the connection a request came through.

An unmodified client answers heartbeats by itself, so a pulled cable and a frozen computer show here too. Gateway thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import zmq
from zmq.utils.monitor import recv_monitor_message

from actors.clock import Clock
from actors.dialogue import Client
from actors.poller import Frames
from actors.watching import Clientele

EVENTS: Final = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED


class Presence:
    """Follows connections. `on_lost(client, connection)` is called for every client whose connection has ended."""

    def __init__(self, clientele: Clientele, clock: Clock, on_lost: Callable[[Client, int], None]) -> None:
        self.clientele = clientele
        self._clock = clock
        self._on_lost = on_lost
        self._router: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[Any] | None = None
        self._clients: dict[int, tuple[Client, int]] = {}
        self._strangers: set[int] = set()

    def open(self, router: zmq.Socket[bytes]) -> zmq.Socket[Any]:
        """Begin to watch `router`, before its first connection; return the socket that becomes readable when something changed."""
        self._router = router
        self._monitor = router.get_monitor_socket(int(EVENTS))
        self._monitor.setsockopt(zmq.LINGER, 0)
        self.clientele.all_lost(self._clock.monotonic())
        return self._monitor

    def close(self) -> None:
        """Stop watching."""
        if self._router is not None and self._monitor is not None:
            self._router.disable_monitor()
            self._monitor.close()
        self._router = self._monitor = None

    def seen(self, client: Client, frames: Frames, now: float) -> None:
        """Note a request. Its connection is asked for only while there are any that have not said who they are."""
        self.clientele.asked = now
        if client.connection is None or self._strangers:
            self.connection(client, frames)

    def connection(self, client: Client, frames: Frames) -> int | None:
        """Return the connection that `frames` came through, and note that it is the one of `client`."""
        try:
            connection = int(frames.last.get(zmq.SRCFD))
        except (zmq.ZMQError, TypeError, ValueError):
            return None
        known = self._clients.get(connection)
        if client.connection == connection and known is not None and known[0] is client:
            return connection
        self.look()  # what is said of this descriptor so far was about an earlier connection
        if client.connection is not None and self._clients.get(client.connection, (None,))[0] is client:
            del self._clients[client.connection]  # the client came back before the loss of its former connection was noticed
        self._strangers.discard(connection)
        self._clients[connection] = (client, _inode(connection))
        client.connection = connection
        self.clientele.back(client.identity)
        return connection

    def look(self) -> None:
        """Take in every change there is to know of."""
        while self._monitor is not None and self._monitor.poll(0):
            event = recv_monitor_message(self._monitor, zmq.NOBLOCK)
            connection, stranger = int(event["value"]), int(event["value"]) in self._strangers
            self._lose(connection)
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._strangers.add(connection)
                continue
            self._strangers.discard(connection)
            if stranger:
                self._look_for_superseded()

    def _look_for_superseded(self) -> None:
        """Notice clients whose connection ended without a word: they came back on a new one, said nothing, and it has ended too."""
        for connection, (_client, inode) in list(self._clients.items()):
            if _inode(connection) != inode:
                self._lose(connection)

    def _lose(self, connection: int) -> None:
        client, _inode_of = self._clients.pop(connection, (None, 0))
        if client is not None and client.connection == connection:
            client.connection = None
            self.clientele.lost(client.identity, self._clock.monotonic())
            self._on_lost(client, connection)


def _inode(connection: int) -> int:
    """Return what tells one socket from the next with the same descriptor; 0 where the system has no such number."""
    try:
        return os.fstat(connection).st_ino
    except OSError:
        return 0
