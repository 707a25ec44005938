"""The connections there are, by their descriptors, and their end by our hand. Gateway thread."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from actors.core import events
from actors.core.cells import Clientele
from actors.core.clock import Clock
from actors.gateway.exchange import Client
from actors.gateway.net.rivals import host_of
from actors.gateway.net.tcp import UNKNOWN, Connection

log = structlog.get_logger()


class Register:
    """Whose a connection is shows with its first request; before that it belongs to a stranger."""

    def __init__(self, clientele: Clientele, clock: Clock) -> None:
        self.clientele = clientele
        self._clock = clock
        self._ports: set[int] = set()
        self._peers: dict[int, str] = {}
        self._strangers: dict[int, float] = {}
        self._clients: dict[int, Client] = {}

    @property
    def strangers(self) -> int:
        """How many are connected that have not asked anything yet."""
        return len(self._strangers)

    @property
    def alone(self) -> bool:
        """Whether nobody is connected."""
        return not self._clients and not self._strangers

    def cut(self, descriptor: int, client: Client | None, reason: str) -> None:
        """End a connection from our side. Whatever waits for it in ZeroMQ is given up."""
        with self._at(descriptor) as connection:
            if connection.cut():
                log.warning(events.CONNECTION_CUT, client=self._host(descriptor), reason=reason)
        if client is None:
            self._strangers.pop(descriptor, None)

    def cut_strangers(self, reason: str) -> None:
        """End every connection that has not asked anything: mostly what takes the memory is theirs."""
        for descriptor in [*self._strangers]:
            self.cut(descriptor, None, reason)

    def overrun(self, client: Client) -> None:
        """Cut the connection of a client that goes on asking though it is answered `busy`."""
        if client.connection is not None:
            self.cut(client.connection, client, "it sends requests without waiting for their answers")

    def _doubt(self, client: Client) -> None:
        """Count `client` as lost until it asks again."""
        client.doubted = True
        self.clientele.lost(client.identity, self._clock.monotonic())

    def _send_away(self, descriptor: int, last_words: bytes) -> None:
        with self._at(descriptor) as connection:
            connection.dismiss(last_words)
        self._strangers.pop(descriptor, None)

    def _host(self, descriptor: int) -> str:
        return host_of(self._peers.get(descriptor, UNKNOWN))

    def _at(self, descriptor: int) -> Connection:
        """Return the connection that has this descriptor, as long as it is the one that was told of."""
        return Connection(descriptor, self._ports, self._peers.get(descriptor))

    def _open(self) -> Iterator[tuple[Connection, Client | None]]:
        """Yield every connection, with whose it is if that is known."""
        for descriptor, client in [*dict.fromkeys(self._strangers).items(), *self._clients.items()]:
            with self._at(descriptor) as connection:
                if connection.there:
                    yield connection, client
