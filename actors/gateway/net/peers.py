"""The door: which connections there are, whose they are, and who may speak. Gateway thread.

The ROUTER's socket monitor tells of a connection, by its descriptor, that it `came` and that it `went`; a request names the descriptor that
it came through. libzmq has one thread for all connections, so what it tells of a descriptor comes in order: that a connection has begun
before any request that came through it, that it has ended before another one gets its descriptor.
TCP's keep-alive tells of a pulled cable and a frozen computer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import structlog
import zmq

from actors.bench.access import Role
from actors.bench.devices import Limits
from actors.core import events
from actors.core.cells import Clientele
from actors.core.clock import Clock
from actors.errors import OUTGROWN, PilotageError
from actors.gateway.auth.authorizer import Authorizer
from actors.gateway.exchange import GONE, Client
from actors.gateway.net.deaf import Deaf
from actors.gateway.net.newness import Lived
from actors.gateway.net.rivals import DEAF, Rivals, host_of
from actors.gateway.net.tcp import FAILED, Connection, Monitor, Peer, port_of
from actors.gateway.poller import Frames

log = structlog.get_logger()

SILENT: Final = 60.0
"""Seconds without a request after which a client's connection may be needed for somebody else; it comes back by itself."""
ONLOOKER: Final = 60.0
"""Seconds after a request for the history in which what its client asks, unless it drives, is no sign that somebody is there."""
MOST_STUCK: Final = 256
"""Connections that ZeroMQ may keep though we ended them: it never looks again at one whose identity was taken once it sent something."""


class Peers:
    """Follows connections. `on_lost(client, connection)` is called for every client whose connection has ended."""

    def __init__(
        self,
        clientele: Clientele,
        clock: Clock,
        on_lost: Callable[[Client, int], None],
        limits: Limits,
        authorizer: Authorizer,
        lived: Lived,
    ) -> None:
        self.clientele, self.limits = clientele, limits
        self.on_displaced: Callable[[Client, bool], bytes] = lambda _client, _serving: b""
        self.rivals, self._deaf = Rivals(clock), Deaf()
        self._clock, self._lived = clock, lived
        self._on_lost, self._authorizer = on_lost, authorizer
        self._watch = Monitor()
        self._peers: dict[int, Peer] = {}
        self._strangers: dict[int, Peer] = {}
        self._stuck: set[int] = set()
        self._failed: tuple[int, int] | None = None

    def open(self, router: zmq.Socket[bytes]) -> zmq.Socket[Any]:
        """Begin to watch `router`, before its first connection; return the socket that becomes readable when something changed."""
        self.clientele.all_lost(self._clock.monotonic())
        return self._watch.open(router)

    def close(self) -> None:
        """Stop watching."""
        self._watch.close()

    @property
    def strangers(self) -> int:
        """How many are connected that have not asked anything yet."""
        return len(self._strangers)

    @property
    def alone(self) -> bool:
        """Whether nobody is connected."""
        return not self._peers

    def access(self) -> dict[str, Any]:
        """Return what `status` says of who may connect, and of who shares an identity."""
        return {**self._authorizer.status(), "shared_identities": self.rivals.status()}

    # Who may speak.

    def may_speak(self, client: Client, frames: Frames) -> bool:
        """Note a request; return whether the connection it came through is still there, as far as is known.

        Its connection is asked for only while there are any that have not said whose they are.
        """
        if frames.looks_on:
            client.onlooker_until = client.last_seen + ONLOOKER
        if client.last_seen >= client.onlooker_until or frames.may_drive:
            self.clientele.asked = client.last_seen
        there = (client.connection is not None and not self._strangers) or self.connection(client, frames, serving=False) != GONE
        if client.line is not None:
            client.line.read(self._lived)
        return there

    def gone(self, frames: Frames) -> bool:
        """Return whether the connection that `frames` came through has ended already, so that nobody can be answered."""
        self.look()
        if (descriptor := frames.descriptor) is None or not self._has_ended(descriptor, frames):
            return False
        if frames.handed_over and descriptor in self._strangers:
            self._send_away(self._strangers[descriptor], DEAF)
        return True

    def driving(self, client: Client, frames: Frames) -> int | None:
        """Return what `connection` does, as of this moment: what drives is not done for who has gone."""
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
        descriptor = frames.descriptor
        if descriptor is None:
            client.line = None
            return None
        if client.connection == descriptor and self._owner(descriptor) is client:
            return descriptor
        self.look()
        self._authorizer.identify(client, frames)
        if self._has_ended(descriptor, frames):
            self.clientele.lost(client.identity, self._clock.monotonic())
            return GONE
        peer = self._peers[descriptor]
        if client.connection is not None and self._owner(client.connection) is client:
            self._displace(self._peers[client.connection], peer, serving=serving)
        if peer.client is not None:  # what a connection before left behind was taken for that of this one
            self._orphan(peer.client)
        self._strangers.pop(descriptor, None)
        peer.client = client
        if peer.line is None:
            peer.line = self._lived.line(peer.accepted, told=frames.has_shaken_hands)
        client.connection, client.peer, client.line = descriptor, peer.address, peer.line
        self.clientele.back(client.identity)
        return descriptor

    def _owner(self, descriptor: int) -> Client | None:
        return peer.client if (peer := self._peers.get(descriptor)) is not None else None

    def _has_ended(self, descriptor: int, frames: Frames) -> bool:
        """Return whether the connection that `frames` came through is known to have ended.

        What an ended one left behind may be taken for a request of whoever has its descriptor now; it is older than that connection, so it
        drives nothing (`actors.gateway.net.newness`), and its answer goes to nobody.
        """
        owner = self._owner(descriptor)
        if owner is None:
            return descriptor not in self._strangers or frames.handed_over
        return owner.identity != frames.identity and (frames.handed_over or (owner.line is not None and owner.line.newer))

    # Who came, and who went.

    def look(self) -> None:
        """Take in every change there is to know of."""
        for number, value, endpoint in self._watch.news():
            if number & FAILED:
                self._failed = (number, value)
            elif number == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._lived.shaken_hands()
            elif number == zmq.EVENT_DISCONNECTED:
                self._went(value)
            elif number == zmq.EVENT_ACCEPTED:
                self._came(value, port_of(endpoint))

    def look_round(self) -> None:
        """Take in every change, and close every connection that is not read any more: a newcomer has taken its identity without a word.

        Raises PilotageError `outgrown` when ZeroMQ keeps too many connections that have been ended.
        """
        self.look()
        for peer in [*self._deaf.look(self._open(), self._lived.now)] if self._strangers else ():
            if peer.client is None:
                self._send_away(peer, DEAF)
            else:
                self._displace(peer, next(reversed(self._strangers.values()), peer), serving=False, words=DEAF)
        if len(self._stuck) > MOST_STUCK:
            raise PilotageError(OUTGROWN, f"ZeroMQ keeps {len(self._stuck)} connections whose identity another one has taken")

    def _open(self) -> Iterator[tuple[Connection, Peer]]:
        for peer in [*self._peers.values()]:
            with peer.open() as connection:
                if connection.there:
                    yield connection, peer

    def _came(self, descriptor: int, port: int) -> None:
        """Take in that somebody has connected; where they come from is asked now, for a handshake that fails does not tell."""
        self._lose(descriptor)
        with Connection(descriptor, port) as connection:
            address = connection.peer
        peer = Peer(descriptor, port, address, self._lived.came())
        self._peers[descriptor] = self._strangers[descriptor] = peer
        self._make_room(peer)

    def _went(self, descriptor: int) -> None:
        """Take in that a connection has ended."""
        peer = self._peers.get(descriptor)
        self._lose(descriptor)
        if self._failed is not None and peer is not None and peer.client is None:
            self._authorizer.handshake_failed(*self._failed, host_of(peer.address))
        self._failed = None

    def _lose(self, descriptor: int) -> None:
        self._stuck.discard(descriptor)
        self._strangers.pop(descriptor, None)
        peer = self._peers.pop(descriptor, None)
        client = peer.client if peer is not None else None
        if client is not None and client.connection == descriptor:
            self._orphan(client)
            self._on_lost(client, descriptor)

    def _orphan(self, client: Client) -> None:
        """Note that `client` has no connection any more, until it asks again."""
        client.connection = None
        self.clientele.lost(client.identity, self._clock.monotonic())

    # Who is sent away.

    def cut(self, peer: Peer, reason: str) -> None:
        """End a connection from our side. Whatever waits for it in ZeroMQ is given up."""
        with peer.open() as connection:
            if connection.cut():
                log.warning(events.CONNECTION_CUT, client=host_of(peer.address), reason=reason)
        if peer.client is None:
            self._forget(peer)

    def cut_strangers(self, reason: str) -> None:
        """End every connection that has not asked anything: mostly what takes the memory is theirs."""
        for peer in [*self._strangers.values()]:
            self.cut(peer, reason)

    def overrun(self, client: Client) -> None:
        """Cut the connection of a client that goes on asking though it is answered `busy`."""
        if client.connection is not None:
            self.cut(self._peers[client.connection], "it sends requests without waiting for their answers")

    def leave(self, port: int) -> None:
        """Take every connection of a port for ended, which is about to be closed: ZeroMQ then ends them without a word."""
        for peer in [peer for peer in self._peers.values() if peer.port == port]:
            self.cut(peer, "its port is closed")
            self._lose(peer.descriptor)

    def shut_out(self) -> None:
        """Cut the connections of those who are not let in any more, now that the rules are others."""
        for peer in [*self._peers.values()]:
            if peer.client is not None and self._authorizer.role(peer.client) is Role.NONE:
                self.cut(peer, "it is not let in any more")

    def _make_room(self, newcomer: Peer) -> None:
        """Keep to the limit: strangers go first, the earliest before the others, then who has long been silent; else the newcomer."""
        if len(self._peers) <= self.limits.clients:
            return
        reason = f"there are more than {self.limits.clients} connections"
        earlier = next(iter(self._strangers.values()), newcomer)
        silent = [(peer.client.last_seen, peer) for peer in self._peers.values() if peer.client is not None and not peer.client.pending]
        since, longest = min(silent, default=(float("inf"), newcomer), key=lambda found: found[0])
        if earlier is newcomer and since < self._clock.monotonic() - SILENT:
            self.cut(longest, reason)
            self._lose(longest.descriptor)
        else:
            self.cut(earlier, reason)

    def _displace(self, peer: Peer, newcomer: Peer, *, serving: bool, words: bytes = b"") -> None:
        """Close the connection of a client: another one has taken its identity, and whatever is sent into it is lost.

        Mostly the client itself has come back before the loss was noticed; if there are two, nobody knows which of them drives.
        """
        client = peer.client
        assert client is not None  # noqa: S101 - strangers are sent away
        contest = self.rivals.note(client.identity, peer.address, newcomer.address)
        self._orphan(client)
        self._send_away(peer, self.on_displaced(client, serving) or words)
        if contest.count == 1:
            log.warning(events.CLIENT_DISPLACED, client=contest.addresses[1], former=contest.addresses[0])
        if contest.two:
            self.clientele.disown(client.identity, self._clock.monotonic())

    def _send_away(self, peer: Peer, last_words: bytes) -> None:
        with peer.open() as connection:
            if connection.dismiss(last_words):
                self._stuck.add(peer.descriptor)
        self._forget(peer)

    def _forget(self, peer: Peer) -> None:
        self._strangers.pop(peer.descriptor, None)
        self._peers.pop(peer.descriptor, None)
