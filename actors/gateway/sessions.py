"""The gateway's book-keeping: who its clients are, which answers are awaited, which deadlines run, whose turn it is to be answered."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import structlog
import zmq

from actors.bench.devices import Limits
from actors.core import events
from actors.core.clock import Clock
from actors.gateway.exchange import Client, Exchange
from actors.gateway.net.rivals import DISPLACED, on_the_wire
from actors.gateway.net.tcp import MAPPED
from actors.gateway.poller import Frames, PollerInbox
from actors.messages import Tell

log = structlog.get_logger()

KEPT_FOR: Final = 2.0
"""Seconds for which an answer is kept for a client that takes none; then it is dropped, and all that follow until it takes one."""
SLOW: Final = 0.25
"""Seconds without taking an answer after which a client's requests are refused as `busy`, which costs less than to serve them."""
RETRY: Final = 0.005
"""Seconds between two tries: ZeroMQ does not tell when a client takes answers again."""
MOST_HELD: Final = 32 * 1024 * 1024
"""Bytes of answers that wait for their turn, or for their clients to read; beyond them requests are refused as `busy`."""
MOST_BEHIND: Final = 4096
"""Requests of one client that may wait, the refused ones among them, before its connection is cut."""
_LAST: Final = int(zmq.NOBLOCK)  # numbers: putting two members of an enumeration together takes longer than sending a frame
_MORE: Final = _LAST | int(zmq.SNDMORE)


class Sessions:
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
        self._held = 0
        self._full: dict[Client, None] = {}
        self.on_abandoned: tuple[Callable[[Exchange], None], ...] = ()
        self.on_overrun: Callable[[Client], None] = lambda _client: None

    def now(self) -> float:
        """Return monotonic seconds."""
        return self._clock.monotonic()

    def wall(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def client(self, frames: Frames, now: float) -> Client:
        """Return the client that sent `frames`, a new one if need be; those that have gone, or the one idle longest, make room."""
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
        gone = [client for client in idle if client.connection is None]  # all at once: whoever comes and goes without end costs little
        for client in gone or sorted(idle, key=lambda client: client.last_seen)[:1]:
            del self.clients[client.identity]

    def left(self, client: Client) -> None:
        """Forget `client`, whose connection has ended, unless answers are still due to it; it may come back as a new one."""
        if not client.pending and self.clients.get(client.identity) is client:
            del self.clients[client.identity]

    def abandon(self, client: Client, serving: bool) -> bytes:
        """Take what `client` has asked for withdrawn, but for its last request if that is `serving`: its answers would go to another one.

        Return what its connection is told in their place, as ZeroMQ puts it on the wire; nothing for one that is encrypted.
        """
        kept = [client.pending.pop()] if serving else []
        last_words = b""
        for exchange in client.pending:
            if exchange.reply is None:
                for forget in self.on_abandoned:
                    forget(exchange)
                self._pending -= 1
                exchange.reply = exchange.refusal(DISPLACED)
                last_words += on_the_wire(exchange.reply, delimiter=exchange.delimiter)
            else:
                self._held -= len(exchange.reply)
        client.pending = deque(kept)
        return b"" if client.public else last_words

    def accept(self, exchange: Exchange) -> bool:
        """Queue `exchange` behind what its client asked before; return False when too much is waiting already."""
        client = exchange.client
        behind = len(client.pending)
        free = behind < self.limits.outstanding_per_client and self._pending < self.limits.outstanding and self._held < MOST_HELD
        if client.full_since is not None and exchange.asked - client.full_since > SLOW:
            free = False  # it would not read the answer either
        client.pending.append(exchange)
        self._pending += 1
        if behind >= MOST_BEHIND:
            self.on_overrun(client)
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
        self._wake()

    def _wake(self) -> None:
        """Have the mailbox wake the gateway for the next deadline, or the next try to send."""
        when = self._timers[0][0] if self._timers else None
        if self._full:
            again = self.now() + RETRY
            when = again if when is None else min(when, again)
        self._box.wake_at = when

    def due(self) -> list[Exchange]:
        """Return the unanswered exchanges whose time has come, try again to send what waits, and set the next wake-up."""
        timers = self._timers
        if self._full:
            self.send_again()
        elif not timers:
            return []
        now, due = self.now(), []
        while timers and (timers[0][0] <= now or timers[0][2].reply is not None):
            exchange = heapq.heappop(timers)[2]
            if exchange.reply is None:
                due.append(exchange)
        self._wake()
        return due

    def settle(self, exchange: Exchange, reply: bytes) -> None:
        """Hand over the reply of `exchange`; it leaves when everything this client asked before has been answered."""
        if exchange.reply is not None:
            return
        exchange.reply = reply
        self._pending -= 1
        self._held += len(reply)
        for ticket in exchange.awaiting:
            self._tickets.pop(ticket, None)
        self._deliver(exchange.client)

    def let_go(self, reply: bytes) -> None:
        """Count an answer no more: it has left."""
        self._held -= len(reply)

    def _deliver(self, client: Client) -> None:
        """Send what is answered, in order, up to what is not, or to where the client takes no more at the moment."""
        pending = client.pending
        while pending and (reply := pending[0].reply) is not None:
            if not self._sent(client, reply, delimiter=pending[0].delimiter):
                return
            pending.popleft()
            self.let_go(reply)

    def send_again(self) -> bool:
        """Try again to send what clients did not take; return whether any of it is left."""
        for client in list(self._full):
            self._deliver(client)
            if not client.pending or client.pending[0].reply is None:
                self._full.pop(client, None)
        return bool(self._full)

    def send(self, client: Client, reply: bytes, *, delimiter: bool) -> None:
        """Answer a client to which nothing else is due."""
        if not self._sent(client, reply, delimiter=delimiter):
            client.pending.append(Exchange(client, delimiter, 0.0, 0.0, reply=reply))
            self._held += len(reply)

    def _sent(self, client: Client, reply: bytes, *, delimiter: bool) -> bool:
        """Put `reply` on the wire, or drop it when the client has gone or has not read for long; return False to try again. Never waits."""
        router = self.router
        if router is None:
            return True
        try:
            router.send(client.identity, _MORE)
            if delimiter:
                router.send(b"", _MORE)
            router.send(reply, _LAST)
        except zmq.Again:
            return self._dropped(client)
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            log.debug(events.REPLY_DROPPED, client=client.address, reason="the client has gone")
            return True
        if client.full_since is not None:
            client.full_since, client.deaf = None, False
        return True

    def _dropped(self, client: Client) -> bool:
        """Return whether the client's queue has been full for so long that an answer to it is dropped."""
        now = self.now()
        if client.full_since is None:
            client.full_since = now
        if now - client.full_since < KEPT_FOR:
            self._full[client] = None
            return False
        if not client.deaf:
            log.warning(events.REPLY_DROPPED, client=client.address, reason="the client does not read its answers")
        client.deaf = True
        return True

    def clientele(self, role: Callable[[Client], str]) -> list[dict[str, Any]]:
        """Return every client for `status`, with its role."""
        now = self.now()
        return [
            {
                "address": client.address,
                "key": client.key,
                "role": role(client),
                "connected": client.connection is not None,
                "connected_s": round(now - client.since, 1),
                "idle_s": round(now - client.last_seen, 1),
                "requests": client.requests,
            }
            for client in self.clients.values()
        ]


def _address(frames: Frames) -> str:
    try:
        return str(frames.last.get("Peer-Address")).removeprefix(MAPPED)
    except zmq.ZMQError:
        return "unknown"
