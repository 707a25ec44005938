"""Which clients are connected: told by the ROUTER's socket monitor, by the descriptor of the connection a request came through.

An unmodified client answers heartbeats by itself, so a pulled cable and a frozen computer show here too. Gateway thread.

libzmq tells of an end before it closes the descriptor, so before anybody else can get it. But another of its threads tells of a
beginning, after it has handed the connection over: that word may come after the first request, and even after the word of the end. So what
a descriptor is at a moment is what the kernel says: the number of its inode tells one connection from the next.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import structlog
import zmq

from actors.bench.access import Role
from actors.bench.devices import Limits
from actors.core import events
from actors.core.cells import Clientele
from actors.core.clock import Clock
from actors.gateway.auth.authorizer import Guard
from actors.gateway.exchange import GONE, Client
from actors.gateway.net.deaf import Deaf
from actors.gateway.net.monitor import FAILED, Monitor
from actors.gateway.net.newness import Lived
from actors.gateway.net.register import Register
from actors.gateway.net.rivals import DEAF, Rivals
from actors.gateway.net.stale import Departed, can_have_come_through, descriptor_of, handed_over, has_shaken_hands, is_given
from actors.gateway.net.tcp import Connection, port_of
from actors.gateway.poller import Frames

log = structlog.get_logger()

SILENT: Final = 60.0
"""Seconds without a request after which a client's connection may be needed for somebody else; it comes back by itself."""


class Presence(Register):
    """Follows connections. `on_lost(client, connection)` is called for every client whose connection has ended.

    Whose a connection is shows with its first request; before that it belongs to a stranger.
    """

    def __init__(
        self, clientele: Clientele, clock: Clock, on_lost: Callable[[Client, int], None], limits: Limits, guard: Guard, lived: Lived
    ) -> None:
        super().__init__(lived, clientele, clock)
        self.rivals, self._deaf = Rivals(clock), Deaf()
        self._guard, self.limits = guard, limits
        self._on_lost = on_lost
        self.departed = Departed(self._may_be)
        self._watch = Monitor()
        self._begun: Counter[int] = Counter()
        self._failed: tuple[int, int] | None = None

    def open(self, router: zmq.Socket[bytes]) -> zmq.Socket[Any]:
        """Begin to watch `router`, before its first connection; return the socket that becomes readable when something changed."""
        self.clientele.all_lost(self._clock.monotonic())
        return self._watch.open(router)

    def close(self) -> None:
        """Stop watching."""
        self._watch.close()

    def seen(self, client: Client, frames: Frames, now: float) -> None:
        """Note a request. Its connection is asked for only while there are any that have not said whose they are."""
        self.clientele.asked = now
        if client.doubted:
            client.doubted = False
            self.clientele.back(client.identity)
        if client.connection is None or self._strangers:
            self.connection(client, frames, serving=False)
        if client.line is not None and not client.line.newer:
            client.line.read(self._lived, frames.least)

    def gone(self, frames: Frames) -> bool:
        """Return whether the connection that `frames` came through has ended already, so that nobody can be answered."""
        self.look()
        connection = descriptor_of(frames)
        if connection is None or self._is_its(connection, frames):
            return False
        if handed_over(frames) and connection in self._strangers:
            self._send_away(connection, DEAF)
        return True

    def look_round(self) -> None:
        """Take in every change, and close every connection that is not read any more: a newcomer has taken its identity without a word."""
        self.look()
        for descriptor in [*self._deaf.look(self.open_connections(), self._lived.now)] if self._strangers else ():
            client = self._clients.get(descriptor)
            if client is None:
                self._send_away(descriptor, DEAF)
            else:
                self._displace(client, next(reversed(self._strangers), descriptor), serving=False, words=DEAF)

    def access(self) -> dict[str, Any]:
        """Return what `status` says of who may connect, and of who shares an identity."""
        return {**self._guard.status(), "shared_identities": self.rivals.status()}

    def driving(self, client: Client, frames: Frames, *, changed: bool) -> int | None:
        """Return what `connection` does, as it is at this moment: a request that drives is not done for who has gone.

        `changed`: whether there was news of any connection when the request was fetched.
        """
        if changed:
            self.look()
        connection = self.connection(client, frames, serving=True)
        if client.line is not None and not client.line.newer and connection is not None:
            with Connection(connection, self._ports) as known:
                if (flow := known.flow()) is not None:
                    client.line.weigh(self._lived, flow[0])
        return connection

    def mark(self, client: Client, frames: Frames) -> str | None:
        """Return the mark of the connection that `frames` came through, None if it has ended."""
        connection = self.driving(client, frames, changed=True)
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
        self.look()  # what is said of this descriptor so far was about an earlier connection
        if not self._is_its(connection, frames):
            self._guard.identify(client, frames)
            self.clientele.lost(client.identity, self._clock.monotonic())
            return GONE
        if client.connection is not None and self._clients.get(client.connection) is client:
            self._displace(client, connection, serving=serving)
        former = self._clients.get(connection)
        if former is not None:  # one of the two has gone: its request waited until the descriptor was somebody else's
            former.connection = None
            self._doubt(former)
        self._strangers.pop(connection, None)
        self._addresses.pop(connection, None)
        if (contest := self.rivals.of(client.identity)) is not None and contest.turns:
            self._clear(contest, connection)
        self._clients[connection] = client
        client.connection = connection
        with Connection(connection, self._ports) as known:
            if self._inodes.get(connection) != known.inode:  # nobody has told of its beginning yet
                self._inodes[connection] = known.inode
                self._beginnings.ended(connection)
            known.widen()
            client.peer = known.peer
        client.line = self._beginnings.line(connection, told=has_shaken_hands(frames))
        self.departed.back(client.identity)
        self._guard.identify(client, frames)
        self.clientele.back(client.identity)
        return connection

    def _displace(self, client: Client, newcomer: int, *, serving: bool, words: bytes = b"") -> None:
        """Close the connection that `client` had: another one has taken its identity, and whatever is sent into it is lost.

        Mostly the client itself has come back before the loss was noticed; if there are two, nobody knows which of them drives.
        """
        with Connection(newcomer, self._ports) as later:
            contest = self.rivals.note(client.identity, client.peer, later.peer)
        self._close(client, serving=serving, words=words)
        if contest.count == 1:
            log.warning(events.CLIENT_DISPLACED, client=contest.addresses[1], former=contest.addresses[0])
        if contest.two:
            self.clientele.disown(client.identity, self._clock.monotonic())

    def _take_turns(self, newcomer: int) -> None:
        """Close who loses its identity to a rival that has just come, and need not have said anything yet."""
        host = self._addresses.get(newcomer, "")
        for identity, contest in self.rivals.going_on().items():
            if contest.turns and host in contest.hosts:
                for client in [client for client in self._clients.values() if client.identity == identity]:
                    self._close(client, serving=False)
                self._clear(contest, newcomer)

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
                with Connection(value, self._ports) as connection:
                    if number == zmq.EVENT_LISTENING:
                        self._listeners.add(value)
                        connection.narrow()
                    else:
                        self._begin(connection)

    def _begin(self, connection: Connection) -> None:
        """Take in that somebody has connected; where they come from is asked now, for a handshake that fails does not tell."""
        descriptor, inode = connection.descriptor, connection.inode
        self._begun[descriptor] += 1
        if not inode and self._begun[descriptor] <= 0:
            return  # the word of its end came first
        if inode and self._inodes.get(descriptor) == inode:
            self._make_room(descriptor)
            return
        self._lose(descriptor)
        self._strangers.pop(descriptor, None)
        self._strangers[descriptor] = self._clock.monotonic()
        self._beginnings.accepted(descriptor)
        self._addresses[descriptor] = connection.address
        self._inodes[descriptor] = inode
        self._take_turns(descriptor)
        self._make_room(descriptor)

    def _end(self, descriptor: int) -> None:
        """Take in that a connection has ended."""
        known = descriptor in self._clients
        self._lose(descriptor)
        stranger, address = self._strangers.pop(descriptor, None), self._addresses.pop(descriptor, "")
        self._inodes.pop(descriptor, None)
        self._beginnings.ended(descriptor)
        self._begun[descriptor] -= 1  # below zero while the word of its beginning is still to come
        if self._failed is not None and not known:
            self._guard.handshake_failed(*self._failed, address)
            self._failed = None
        elif stranger is not None:
            self._stranger_left(stranger, address)

    def _is_its(self, descriptor: int, frames: Frames) -> bool:
        """Return whether the connection that has this descriptor now may be the one that `frames` came through."""
        dead = is_given(frames.identity) and frames.identity in self.departed
        if not dead and not handed_over(frames) and self._may_be(descriptor, frames):
            return True
        if is_given(frames.identity):
            self.departed.add(frames.identity, GONE)
        return False

    def _may_be(self, descriptor: int, frames: Frames) -> bool:
        """Return what `_is_its` does of a client that has not gone."""
        client = self._clients.get(descriptor)
        if client is not None and client.identity == frames.identity:
            return True
        told = client is not None or descriptor in self._strangers
        with Connection(descriptor, self._ports) as connection:
            return can_have_come_through(connection, frames) if connection.there else told and os.name != "posix"

    def leave(self, port: int) -> None:
        """Take every connection of a port for ended, which is about to be closed: ZeroMQ then ends them without a word."""
        for connection, client in list(self.open_connections()):
            with Connection(connection.descriptor, {port}) as here:
                if here.there:
                    self.cut(here.descriptor, client, "its port is closed")
                    self._lose(here.descriptor)

    def shut_out(self) -> None:
        """Cut the connections of those who are not let in any more, now that the rules are others."""
        for descriptor, client in list(self._clients.items()):
            if self._guard.role(client) is Role.NONE:
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

    def _stranger_left(self, since: float, address: str) -> None:
        """Take a stranger for any client of its address that has been silent since: one that came back, never asked, and has gone again.

        The connection it had before tells nothing: ZeroMQ has taken its identity away, and lets it be. Who is there still is back
        with the next request. What such a client has asked for is done all the same: anybody can come and go.
        """
        for client in self._clients.values():
            if client.last_seen < since and not client.doubted and address in {"", "unknown", client.address}:
                self._doubt(client)

    def _lose(self, connection: int) -> None:
        client = self._clients.pop(connection, None)
        if client is not None and client.connection == connection:
            client.connection = None
            self.clientele.lost(client.identity, self._clock.monotonic())
            self._on_lost(client, connection)
            self.departed.add(client.identity, connection)
