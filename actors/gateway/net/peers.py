"""Which clients are connected: told by the ROUTER's socket monitor, by the descriptor of the connection a request came through.

An unmodified client answers heartbeats by itself, so a pulled cable and a frozen computer show here too. Gateway thread.

libzmq has one thread for all connections, so what it tells of a descriptor comes in order: that a connection has begun before any request
that came through it, that it has ended before another one gets its descriptor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog
import zmq

from actors.bench.access import Role
from actors.bench.devices import Limits
from actors.core import events
from actors.core.cells import Clientele
from actors.core.clock import Clock
from actors.gateway.auth.authorizer import Authorizer
from actors.gateway.exchange import GONE, Client
from actors.gateway.net.deaf import Deaf
from actors.gateway.net.monitor import FAILED, Monitor
from actors.gateway.net.newness import Beginnings, Lived
from actors.gateway.net.origin import descriptor_of, handed_over, has_shaken_hands
from actors.gateway.net.register import Register
from actors.gateway.net.rivals import DEAF, Contest, Rivals
from actors.gateway.net.tcp import UNKNOWN, Connection, port_of
from actors.gateway.poller import Frames

log = structlog.get_logger()

SILENT: Final = 60.0
"""Seconds without a request after which a client's connection may be needed for somebody else; it comes back by itself."""

ONLOOKER: Final = 60.0
"""Seconds after a request for the history in which what its client asks, unless it drives, is no sign that somebody is there."""


class Peers(Register):
    """Follows connections. `on_lost(client, connection)` is called for every client whose connection has ended.

    Whose a connection is shows with its first request; before that it belongs to a stranger.
    """

    def __init__(
        self,
        clientele: Clientele,
        clock: Clock,
        on_lost: Callable[[Client, int], None],
        limits: Limits,
        authorizer: Authorizer,
        lived: Lived,
    ) -> None:
        super().__init__(clientele, clock)
        self.limits = limits
        self.on_displaced: Callable[[Client, bool], bytes] = lambda _client, _serving: b""
        self.rivals, self._deaf = Rivals(clock), Deaf()
        self._on_lost, self._authorizer = on_lost, authorizer
        self._watch = Monitor()
        self._lived, self._beginnings = lived, Beginnings(lived)
        self._failed: tuple[int, int] | None = None

    def open(self, router: zmq.Socket[bytes]) -> zmq.Socket[Any]:
        """Begin to watch `router`, before its first connection; return the socket that becomes readable when something changed."""
        self.clientele.all_lost(self._clock.monotonic())
        return self._watch.open(router)

    def close(self) -> None:
        """Stop watching."""
        self._watch.close()

    def access(self) -> dict[str, Any]:
        """Return what `status` says of who may connect, and of who shares an identity."""
        return {**self._authorizer.status(), "shared_identities": self.rivals.status()}

    def seen(self, client: Client, frames: Frames) -> bool:
        """Note a request; return whether the connection it came through is still there, as far as is known.

        Its connection is asked for only while there are any that have not said whose they are.
        """
        if frames.looks_on:
            client.onlooker_until = client.last_seen + ONLOOKER
        if client.last_seen >= client.onlooker_until or frames.may_drive:
            self.clientele.asked = client.last_seen
        if client.doubted:
            client.doubted = False
            self.clientele.back(client.identity)
        there = client.connection is not None and not self._strangers
        if not there:
            there = self.connection(client, frames, serving=False) != GONE
        if client.line is not None:
            client.line.read(self._lived)
        return there

    def gone(self, frames: Frames) -> bool:
        """Return whether the connection that `frames` came through has ended already, so that nobody can be answered."""
        self.look()
        connection = descriptor_of(frames)
        if connection is None or not self._has_ended(connection, frames):
            return False
        if handed_over(frames) and connection in self._strangers:
            self._send_away(connection, DEAF)
        return True

    def driving(self, client: Client, frames: Frames) -> int | None:
        """Return what `connection` does, as it is at this moment: a request that drives is not done for who has gone."""
        self.look()
        return self.connection(client, frames, serving=True)

    def mark(self, client: Client, frames: Frames) -> str | None:
        """Return the mark of the connection that `frames` came through, None if it has ended."""
        connection = self.driving(client, frames)
        return client.line.mark if client.line is not None and connection != GONE else None

    def connection(self, client: Client, frames: Frames, *, serving: bool) -> int | None:
        """Return the connection that `frames` came through, and note that it is the one of `client`; `GONE` if it has ended already.

        `serving`: whether `frames` are the client's last pending request already.
        """
        connection = descriptor_of(frames)
        if connection is None:
            client.line = None
            return None
        if client.connection == connection and self._clients.get(connection) is client:
            return connection
        self.look()
        self._authorizer.identify(client, frames)
        if self._has_ended(connection, frames):
            self.clientele.lost(client.identity, self._clock.monotonic())
            return GONE
        if client.connection is not None and self._clients.get(client.connection) is client:
            self._displace(client, connection, serving=serving)
        former = self._clients.get(connection)
        if former is not None:  # what a connection before left behind was taken for that of this one
            former.connection = None
            self._doubt(former)
        self._strangers.pop(connection, None)
        if (contest := self.rivals.of(client.identity)) is not None and contest.turns:
            self._clear(contest, connection)
        self._clients[connection] = client
        client.connection, client.peer = connection, self._peers.get(connection, UNKNOWN)
        client.line = self._beginnings.line(connection, told=has_shaken_hands(frames))
        self.clientele.back(client.identity)
        return connection

    def _has_ended(self, descriptor: int, frames: Frames) -> bool:
        """Return whether the connection that `frames` came through is known to have ended.

        What an ended one left behind may be taken for a request of whoever has its descriptor now; it is older than that connection, so it
        drives nothing (`actors.gateway.net.newness`), and its answer goes to nobody.
        """
        owner = self._clients.get(descriptor)
        if owner is None:
            return descriptor not in self._strangers or handed_over(frames)
        return owner.identity != frames.identity and (handed_over(frames) or (owner.line is not None and owner.line.newer))

    def look(self) -> None:
        """Take in every change there is to know of."""
        for number, value, endpoint in self._watch.news():
            if number & FAILED:
                self._failed = (number, value)
            elif number == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._beginnings.shaken()
            elif number == zmq.EVENT_DISCONNECTED:
                self._end(value)
            else:
                self._ports.add(port_of(endpoint))
                if number == zmq.EVENT_ACCEPTED:
                    self._begin(value)

    def look_round(self) -> None:
        """Take in every change, and close every connection that is not read any more: a newcomer has taken its identity without a word."""
        self.look()
        for descriptor in [*self._deaf.look(self._open(), self._lived.now)] if self._strangers else ():
            client = self._clients.get(descriptor)
            if client is None:
                self._send_away(descriptor, DEAF)
            else:
                self._displace(client, next(reversed(self._strangers), descriptor), serving=False, words=DEAF)

    def _begin(self, descriptor: int) -> None:
        """Take in that somebody has connected; where they come from is asked now, for a handshake that fails does not tell."""
        self._lose(descriptor)
        self._strangers[descriptor] = self._clock.monotonic()
        self._beginnings.accepted(descriptor)
        with Connection(descriptor, self._ports) as connection:
            self._peers[descriptor] = connection.peer
        self._take_turns(descriptor)
        self._make_room(descriptor)

    def _end(self, descriptor: int) -> None:
        """Take in that a connection has ended."""
        known = descriptor in self._clients
        self._lose(descriptor)
        stranger, host = self._strangers.pop(descriptor, None), self._host(descriptor)
        self._peers.pop(descriptor, None)
        self._beginnings.ended(descriptor)
        if self._failed is not None and not known:
            self._authorizer.handshake_failed(*self._failed, host)
            self._failed = None
        elif stranger is not None:
            self._stranger_left(stranger, host)

    def _lose(self, connection: int) -> None:
        client = self._clients.pop(connection, None)
        if client is not None and client.connection == connection:
            client.connection = None
            self.clientele.lost(client.identity, self._clock.monotonic())
            self._on_lost(client, connection)

    def _stranger_left(self, since: float, host: str) -> None:
        """Take a stranger for any client of its address that has been silent since: one that came back, never asked, and has gone again.

        The connection it had before tells nothing: ZeroMQ has taken its identity away, and lets it be. Who is there still is back
        with the next request. What such a client has asked for is done all the same: anybody can come and go.
        """
        for client in self._clients.values():
            if client.last_seen < since and not client.doubted and host in {"unknown", client.address}:
                self._doubt(client)

    def leave(self, port: int) -> None:
        """Take every connection of a port for ended, which is about to be closed: ZeroMQ then ends them without a word."""
        for descriptor in [*self._strangers, *self._clients]:
            with Connection(descriptor, {port}) as here:
                if here.there:
                    self.cut(descriptor, self._clients.get(descriptor), "its port is closed")
                    self._lose(descriptor)

    def shut_out(self) -> None:
        """Cut the connections of those who are not let in any more, now that the rules are others."""
        for descriptor, client in list(self._clients.items()):
            if self._authorizer.role(client) is Role.NONE:
                self.cut(descriptor, client, "it is not let in any more")

    def _make_room(self, newcomer: int) -> None:
        """Keep to the limit: first goes who has never asked anything, in the order in which they came; then who has long been silent.

        Who is at work is never cut: then the newcomer goes.
        """
        if len(self._strangers) + len(self._clients) <= self.limits.clients:
            return
        reason = f"there are more than {self.limits.clients} connections"
        earlier = next(iter(self._strangers), newcomer)
        silent = [(client.last_seen, descriptor) for descriptor, client in self._clients.items() if not client.pending]
        since, descriptor = min(silent, default=(float("inf"), 0))
        if earlier == newcomer and since < self._clock.monotonic() - SILENT:
            self.cut(descriptor, self._clients[descriptor], reason)
            self._lose(descriptor)
        else:
            self.cut(earlier, self._clients.get(earlier), reason)

    def _displace(self, client: Client, newcomer: int, *, serving: bool, words: bytes = b"") -> None:
        """Close the connection that `client` had: another one has taken its identity, and whatever is sent into it is lost.

        Mostly the client itself has come back before the loss was noticed; if there are two, nobody knows which of them drives.
        """
        contest = self.rivals.note(client.identity, client.peer, self._peers.get(newcomer, UNKNOWN))
        self._close(client, serving=serving, words=words)
        if contest.count == 1:
            log.warning(events.CLIENT_DISPLACED, client=contest.addresses[1], former=contest.addresses[0])
        if contest.two:
            self.clientele.disown(client.identity, self._clock.monotonic())

    def _take_turns(self, newcomer: int) -> None:
        """Close who loses its identity to a rival that has just come, and need not have said anything yet."""
        host = self._host(newcomer)
        for identity, contest in self.rivals.going_on().items():
            if contest.turns and host in contest.hosts:
                for client in [client for client in self._clients.values() if client.identity == identity]:
                    self._close(client, serving=False)
                self._clear(contest, newcomer)

    def _clear(self, contest: Contest, newcomer: int) -> None:
        """Close whoever else may have had the identity."""
        for stranger, since in [*self._strangers.items()]:
            if stranger != newcomer and since >= contest.since and self._host(stranger) in contest.hosts:
                self._send_away(stranger, b"")

    def _close(self, client: Client, *, serving: bool, words: bytes = b"") -> None:
        descriptor, client.connection = client.connection, None
        assert descriptor is not None  # noqa: S101 - only of one that is connected
        self._clients.pop(descriptor, None)
        self.clientele.lost(client.identity, self._clock.monotonic())
        self._send_away(descriptor, self.on_displaced(client, serving) or words)
