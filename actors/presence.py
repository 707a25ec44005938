"""Which clients are connected: told by the ROUTER's socket monitor, by the descriptor of the connection a request came through.

An unmodified client answers heartbeats by itself, so a pulled cable and a frozen computer show here too. Gateway thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import structlog
import zmq
from zmq.utils.monitor import recv_monitor_message

from actors import events
from actors.access import Role
from actors.clock import Clock
from actors.connection import Connection
from actors.dialogue import GONE, Client
from actors.guard import Guard
from actors.limits import Limits
from actors.poller import Frames
from actors.watching import Clientele

log = structlog.get_logger()

_READABLE: Final = int(zmq.POLLIN)
FAILED: Final = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH
"""These do not tell which connection failed: it is that of the disconnection that follows (libzmq 4.3, `stream_engine_base`)."""
SILENT: Final = 60.0
"""Seconds without a request after which a client's connection may be needed for somebody else; it comes back by itself."""
EVENTS: Final = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED | FAILED


class Presence:
    """Follows connections. `on_lost(client, connection)` is called for every client whose connection has ended.

    Whose a connection is shows with its first request; before that it belongs to a stranger.
    """

    def __init__(self, clientele: Clientele, clock: Clock, on_lost: Callable[[Client, int], None], limits: Limits, guard: Guard) -> None:
        self.clientele = clientele
        self._guard = guard
        self.limits = limits
        self._clock = clock
        self._on_lost = on_lost
        self._router: zmq.Socket[bytes] | None = None
        self._ports: set[int] = set()
        self._monitor: zmq.Socket[Any] | None = None
        self._clients: dict[int, Client] = {}
        self._strangers: dict[int, float] = {}
        self._addresses: dict[int, str] = {}
        self._unnamed: list[int] = []
        self._failed: tuple[int, int] | None = None

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
        """Note a request. Its connection is asked for only while there are any that have not said whose they are."""
        self.clientele.asked = now
        if client.doubted:
            client.doubted = False
            self.clientele.back(client.identity)
        if client.connection is None or self._strangers:
            self.connection(client, frames)

    def gone(self, frames: Frames) -> bool:
        """Return whether the connection that `frames` came through has ended already, so that nobody can be answered."""
        self.look()
        try:
            connection = int(frames.last.get(zmq.SRCFD))
        except (zmq.ZMQError, TypeError, ValueError):
            return False
        return connection not in self._strangers and connection not in self._clients

    def driving(self, client: Client, frames: Frames, *, changed: bool) -> int | None:
        """Return what `connection` does, as it is at this moment: a request that drives is not done for who has gone.

        `changed`: whether there was news of any connection when the request was fetched.
        """
        if changed:
            self.look()
        return self.connection(client, frames)

    def connection(self, client: Client, frames: Frames) -> int | None:
        """Return the connection that `frames` came through, and note that it is the one of `client`; `GONE` if it has ended already."""
        try:
            connection = int(frames.last.get(zmq.SRCFD))
        except (zmq.ZMQError, TypeError, ValueError):
            return None
        if client.connection == connection and self._clients.get(connection) is client:
            return connection
        self.look()  # what is said of this descriptor so far was about an earlier connection
        if connection not in self._strangers and connection not in self._clients:
            self._guard.identify(client, frames)
            self.clientele.lost(client.identity, self._clock.monotonic())
            return GONE
        if client.connection is not None and self._clients.get(client.connection) is client:
            del self._clients[client.connection]  # it came back before the loss of its former connection was noticed
        self._strangers.pop(connection, None)
        self._addresses.pop(connection, None)
        self._clients[connection] = client
        client.connection = connection
        self._guard.identify(client, frames)
        self.clientele.back(client.identity)
        return connection

    def look(self) -> None:
        """Take in every change there is to know of."""
        while self._monitor is not None and int(self._monitor.getsockopt(zmq.EVENTS)) & _READABLE:
            event = recv_monitor_message(self._monitor, zmq.NOBLOCK)
            connection = int(event["value"])
            if event["event"] & FAILED:
                self._failed = (int(event["event"]), connection)
                continue
            self._lose(connection)
            stranger, failed = self._strangers.pop(connection, None), self._failed
            address, self._failed = self._addresses.pop(connection, ""), None
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._strangers[connection] = self._clock.monotonic()
                self._unnamed.append(connection)
                self._ports.add(_port(event["endpoint"]))
                self._make_room()
            elif failed is not None:
                self._guard.handshake_failed(*failed, address)
            elif stranger is not None:
                self._stranger_left(stranger, address)
        self._look_up_addresses()

    def _look_up_addresses(self) -> None:
        """Note where strangers come from, while their connections are open: a handshake that fails does not tell."""
        while self._unnamed:
            descriptor = self._unnamed.pop()
            if descriptor in self._strangers:
                with Connection(descriptor, self._ports) as connection:
                    self._addresses[descriptor] = connection.address

    @property
    def strangers(self) -> int:
        """How many are connected that have not asked anything yet."""
        return len(self._strangers)

    @property
    def alone(self) -> bool:
        """Whether nobody is connected."""
        return not self._clients and not self._strangers

    def open_connections(self) -> Iterator[tuple[Connection, Client | None]]:
        """Yield every connection, with whose it is if that is known."""
        for descriptor, client in [*dict.fromkeys(self._strangers).items(), *self._clients.items()]:
            with Connection(descriptor, self._ports) as connection:
                if connection.there:
                    yield connection, client

    def cut(self, descriptor: int, client: Client | None, reason: str) -> None:
        """End a connection from our side. Whatever waits for it in ZeroMQ is given up."""
        with Connection(descriptor, self._ports) as connection:
            address = connection.address
            if connection.cut():
                log.warning(events.CONNECTION_CUT, client=address, reason=reason)
        if client is None:
            self._strangers.pop(descriptor, None)
            self._addresses.pop(descriptor, None)

    def shut_out(self) -> None:
        """Cut the connections of those who are not let in any more, now that the rules are others."""
        for descriptor, client in list(self._clients.items()):
            if self._guard.role(client) is Role.NONE:
                self.cut(descriptor, client, "it is not let in any more")

    def overrun(self, client: Client) -> None:
        """Cut the connection of a client that goes on asking though it is answered `busy`."""
        if client.connection is not None:
            self.cut(client.connection, client, "it sends requests without waiting for their answers")

    def _make_room(self) -> None:
        """Keep to the limit: first goes who has never asked anything, in the order in which they came; then who has long been silent.

        Who is at work is never cut: then the newcomer goes.
        """
        if len(self._strangers) + len(self._clients) <= self.limits.clients:
            return
        reason = f"there are more than {self.limits.clients} connections"
        earlier, newcomer = next(iter(self._strangers)), next(reversed(self._strangers))
        silent = [(client.last_seen, descriptor) for descriptor, client in self._clients.items() if not client.pending]
        since, descriptor = min(silent, default=(float("inf"), 0))
        if earlier == newcomer and since < self._clock.monotonic() - SILENT:
            self.cut(descriptor, self._clients[descriptor], reason)
            self._lose(descriptor)
        else:
            self.cut(earlier, None, reason)

    def _stranger_left(self, since: float, address: str) -> None:
        """Take a stranger for any client of its address that has been silent since: one that came back, never asked, and has gone again.

        The connection it had before tells nothing: ZeroMQ has taken its identity away, and lets it be. Who is there still is back
        with the next request. What such a client has asked for is done all the same: anybody can come and go.
        """
        for client in self._clients.values():
            if client.last_seen < since and not client.doubted and address in {"", "unknown", client.address}:
                client.doubted = True
                self.clientele.lost(client.identity, self._clock.monotonic())

    def _lose(self, connection: int) -> None:
        client = self._clients.pop(connection, None)
        if client is not None and client.connection == connection:
            client.connection = None
            self.clientele.lost(client.identity, self._clock.monotonic())
            self._on_lost(client, connection)


def _port(endpoint: bytes) -> int:
    """Return the port of `tcp://0.0.0.0:5555`, 0 if there is none."""
    port = endpoint.rpartition(b":")[2]
    return int(port) if port.isdigit() else 0
