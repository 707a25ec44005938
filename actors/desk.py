"""The gateway's book-keeping: who its clients are, which answers are awaited, which deadlines run, whose turn it is to be answered."""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass
from typing import Any

import structlog
import zmq

from actors import events
from actors.clock import Clock
from actors.dialogue import Client, Exchange
from actors.messages import Tell
from actors.poller import Frames, PollerInbox

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no client can push the daemon over."""

    components: int = 256
    pending_per_client: int = 256
    pending: int = 4096
    clients: int = 1024


class Desk:
    """Everything here belongs to the gateway's thread; only `reply_to` may be called from any."""

    def __init__(self, box: PollerInbox, clock: Clock, limits: Limits, reply_to: Tell) -> None:
        self.reply_to = reply_to
        self.limits = limits
        self.router: zmq.Socket[bytes] | None = None
        self.clients: dict[bytes, Client] = {}
        self._box = box
        self._clock = clock
        self._tickets: dict[int, Exchange] = {}
        self._numbers = itertools.count(1)
        self._timers: list[tuple[float, int, Exchange]] = []
        self._pending = 0

    def now(self) -> float:
        """Return monotonic seconds."""
        return self._clock.monotonic()

    def wall(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def client(self, frames: Frames, now: float) -> Client:
        """Return the client that sent `frames`, a new one if need be; one that has gone, or the one idle longest, makes room."""
        client = self.clients.get(frames.identity)
        if client is None:
            client = self.clients[frames.identity] = Client(frames.identity, _address(frames), now, now)
            if len(self.clients) > self.limits.clients:
                self._evict(client)
        client.last_seen = now
        client.requests += 1
        return client

    def _evict(self, newcomer: Client) -> None:
        idle = [client for client in self.clients.values() if not client.pending and client is not newcomer]
        if idle:
            del self.clients[min(idle, key=lambda client: (client.connection is not None, client.last_seen)).identity]

    def left(self, client: Client) -> None:
        """Forget `client`, whose connection has ended, unless answers are still due to it; it may come back as a new one."""
        if not client.pending and self.clients.get(client.identity) is client:
            del self.clients[client.identity]

    def accept(self, exchange: Exchange) -> bool:
        """Queue `exchange` behind what its client asked before; return False when too much is waiting already."""
        client = exchange.client
        free = len(client.pending) < self.limits.pending_per_client and self._pending < self.limits.pending
        client.pending.append(exchange)
        self._pending += 1
        return free

    def ticket(self, exchange: Exchange) -> int:
        """Return a new number under which an answer will come for `exchange`."""
        number = next(self._numbers)
        self._tickets[number] = exchange
        return number

    def forget(self, ticket: int) -> None:
        """Expect no answer under `ticket` any more."""
        self._tickets.pop(ticket, None)

    def awaiting(self, ticket: int) -> Exchange | None:
        """Return the exchange that still awaits the answer under `ticket`, once."""
        exchange = self._tickets.pop(ticket, None)
        if exchange is None or exchange.reply is not None or ticket not in exchange.awaiting:
            return None
        return exchange

    def timer(self, when: float, exchange: Exchange) -> None:
        """Have `exchange` looked at again at `when` (monotonic)."""
        heapq.heappush(self._timers, (when, next(self._numbers), exchange))
        self._box.wake_at = self._timers[0][0]

    def due(self) -> list[Exchange]:
        """Return the unanswered exchanges whose time has come, and set the next wake-up."""
        timers = self._timers
        if not timers:
            return []
        now, due = self.now(), []
        while timers and (timers[0][0] <= now or timers[0][2].reply is not None):
            exchange = heapq.heappop(timers)[2]
            if exchange.reply is None:
                due.append(exchange)
        self._box.wake_at = timers[0][0] if timers else None
        return due

    def settle(self, exchange: Exchange, reply: bytes) -> None:
        """Hand over the reply of `exchange`; it leaves when everything this client asked before has been answered."""
        if exchange.reply is not None:
            return
        exchange.reply = reply
        self._pending -= 1
        for ticket in exchange.awaiting:
            self._tickets.pop(ticket, None)
        pending = exchange.client.pending
        while pending and pending[0].reply is not None:
            done = pending.popleft()
            self.send(done.client, done.reply or b"", delimiter=done.delimiter)

    def send(self, client: Client, reply: bytes, *, delimiter: bool) -> None:
        """Put `reply` on the wire, or drop it when the client has gone or does not read; never waits."""
        if self.router is None:
            return
        parts = [client.identity, b"", reply] if delimiter else [client.identity, reply]
        try:
            self.router.send_multipart(parts, zmq.NOBLOCK)
            client.deaf = False
        except zmq.Again:
            if not client.deaf:
                log.warning(events.REPLY_DROPPED, client=client.address, reason="the client does not read its answers")
            client.deaf = True
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            log.debug(events.REPLY_DROPPED, client=client.address, reason="the client has gone")

    def clientele(self) -> list[dict[str, Any]]:
        """Return every client for `status`."""
        now = self.now()
        return [
            {
                "address": client.address,
                "connected": client.connection is not None,
                "connected_s": round(now - client.since, 1),
                "idle_s": round(now - client.last_seen, 1),
                "requests": client.requests,
            }
            for client in self.clients.values()
        ]


def _address(frames: Frames) -> str:
    try:
        return str(frames.last.get("Peer-Address"))
    except zmq.ZMQError:
        return "unknown"
