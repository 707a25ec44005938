"""Connections that ZeroMQ does not read any more, because another one has taken their identity without a word yet: seen by the bytes.

What their client has sent is received by the kernel, and becomes no request. Linux; gateway thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from actors.gateway.net.newness import HANDSHAKE_TAKES
from actors.gateway.net.tcp import Connection, Peer
from actors.gateway.poller import is_given

QUIET: Final = 0.03
"""Seconds without another byte after which a request has arrived as a whole."""
LEAST: Final = 12
"""Bytes of the smallest request, `{"type":"x"}`; an answer to a heartbeat has fewer (ZMTP 3.1, section 5)."""
UNREAD: Final = 0.3
"""Seconds after which a request that has arrived has been read, or never will be, also by a machine that is busy."""


@dataclass(slots=True)
class _Heard:
    requests: int
    received: int
    since: float
    before: int | None = None


class Deaf:
    """Looks at connections again and again; `now` is in seconds."""

    def __init__(self) -> None:
        self._heard: dict[Peer, _Heard] = {}

    def look(self, connections: Iterable[tuple[Connection, Peer]], now: float) -> Iterator[Peer]:
        """Yield every connection on which something has come that nobody will read."""
        heard = {}
        for connection, peer in connections:
            received, client = connection.received(), peer.client
            if received is None or (client is not None and (client.pending or is_given(client.identity))):
                continue
            requests = client.requests if client is not None else 0
            last = self._heard.get(peer)
            if last is None or last.requests != requests:
                last = _Heard(requests, received, now)
            heard[peer] = last
            if received != last.received:
                # Over a slow link the parts of a handshake come one by one, and who has not asked anything may still be at it.
                if last.before is None and now - last.since >= (HANDSHAKE_TAKES if client is None else QUIET):
                    last.before = last.received
                last.received, last.since = received, now
            elif last.before is not None and last.received - last.before < LEAST:
                last.before = None
            elif last.before is not None and now - last.since >= UNREAD:
                del heard[peer]
                yield peer
        self._heard = heard
