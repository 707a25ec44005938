"""The connections there are, by their descriptors, and their end by our hand. Gateway thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog

from actors.core import events
from actors.core.cells import Clientele
from actors.core.clock import Clock
from actors.gateway.exchange import Client
from actors.gateway.net.newness import Beginnings, Lived
from actors.gateway.net.rivals import Contest
from actors.gateway.net.tcp import Connection

log = structlog.get_logger()


class Register:
    """Whose a connection is shows with its first request; before that it belongs to a stranger."""

    def __init__(self, lived: Lived, clientele: Clientele, clock: Clock) -> None:
        self.clientele = clientele
        self._clock = clock
        self.on_displaced: Callable[[Client, bool], bytes] = lambda _client, _serving: b""
        self._ports: set[int] = set()
        self._clients: dict[int, Client] = {}
        self._strangers: dict[int, float] = {}
        self._addresses: dict[int, str] = {}
        self._inodes: dict[int, int] = {}
        self._listeners: set[int] = set()
        self._lived, self._beginnings = lived, Beginnings(lived)

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
            self._beginnings.ended(descriptor)

    def admit(self, *, everybody: bool) -> None:
        """Let newcomers in, or have them wait."""
        for descriptor in self._listeners:
            with Connection(descriptor, self._ports) as listener:
                listener.admit(everybody=everybody)

    def overrun(self, client: Client) -> None:
        """Cut the connection of a client that goes on asking though it is answered `busy`."""
        if client.connection is not None:
            self.cut(client.connection, client, "it sends requests without waiting for their answers")

    def _clear(self, contest: Contest, newcomer: int) -> None:
        """Close whoever else may have had the identity."""
        for stranger, since in [*self._strangers.items()]:
            if stranger != newcomer and since >= contest.since and self._addresses.get(stranger, "") in contest.hosts:
                self._send_away(stranger, b"")

    def _close(self, client: Client, *, serving: bool, words: bytes = b"") -> None:
        descriptor, client.connection = client.connection, None
        assert descriptor is not None  # noqa: S101 - only of one that is connected
        self._clients.pop(descriptor, None)
        self.clientele.lost(client.identity, self._clock.monotonic())
        self._send_away(descriptor, self.on_displaced(client, serving) or words)

    def _send_away(self, descriptor: int, last_words: bytes) -> None:
        with Connection(descriptor, self._ports) as connection:
            if connection.inode == self._inodes.get(descriptor):
                connection.dismiss(last_words)
        self._strangers.pop(descriptor, None)
        self._addresses.pop(descriptor, None)

    def _doubt(self, client: Client) -> None:
        """Count `client` as lost until it asks again."""
        client.doubted = True
        self.clientele.lost(client.identity, self._clock.monotonic())
