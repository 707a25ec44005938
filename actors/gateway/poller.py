"""The gateway's mailbox: letters from actors, frames from clients and the next deadline, waited for in one place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import zmq

from actors.bench.devices import Limits
from actors.core.clock import Clock, SystemClock, boot_clock
from actors.core.mailbox import Letter, Vitals
from actors.core.wakeup import Wake
from actors.gateway.net.newness import KEEN_EVERY, Lived
from actors.messages import Tick

LOOK_EVERY: Final = 0.1
"""Seconds after which an idle loop looks round, so that a standstill (a stopped process, a sleeping machine) shows as a gap."""
SETTLE: Final = 0.1
"""Seconds that libzmq's own thread gets, after a standstill, to hand over what piled up in the sockets meanwhile."""
GIVEN, GIVEN_LENGTH = b"\0", 5
"""What an identity begins with that ZeroMQ gave to one connection, for good, and its length (libzmq, `router_t::identify_peer`)."""
_NOBLOCK: Final = int(zmq.NOBLOCK)


class Connections:
    """Connections may have come or gone."""

    __slots__ = ()


class Frames:
    """What one client sent: its identity, the frames behind it, and the last of them as zmq's own Frame.

    Of the frames before the last only the first is kept; `count` is that of all behind the identity.
    A body that is too large is not looked at.
    """

    __slots__ = ("body", "count", "first", "identity", "last", "stale", "too_large")

    def __init__(self, identity: bytes, last: zmq.Frame, most: int, *, stale: bool) -> None:
        self.identity = identity
        self.first: bytes | None = None
        self.last = last
        self.too_large = len(last) > most
        self.body: bytes = b"" if self.too_large else last.bytes
        self.count = 1
        self.stale = stale

    @property
    def may_drive(self) -> bool:
        """Whether the body could be `PI`, `PI-MULTI` or `off`, without decoding it: a letter of these may be written as an escape."""
        return b"PI" in self.body or b"off" in self.body or b"\\u" in self.body

    @property
    def looks_on(self) -> bool:
        """Whether the body is a request for the history, without decoding it; one that hides the word counts as any other."""
        return b'"history"' in self.body

    @property
    def descriptor(self) -> int | None:
        """The descriptor of the connection it came through, as ZeroMQ says; it may be another connection's by now."""
        try:
            return int(self.last.get(zmq.SRCFD))
        except (zmq.ZMQError, TypeError, ValueError):
            return None

    @property
    def has_shaken_hands(self) -> bool:
        """Whether it comes by ZMTP 3: earlier ones do not tell the kind of socket, nor ZeroMQ of their handshakes."""
        try:
            return bool(self.last.get("Socket-Type"))
        except zmq.ZMQError:
            return False

    @property
    def handed_over(self) -> bool:
        """Whether another connection has taken the identity of this one: what it had sent comes under one that ZeroMQ gave it then."""
        try:
            return is_given(self.identity) and bool(self.last.get("Identity"))
        except UnicodeDecodeError:  # a name, though no text
            return True
        except zmq.ZMQError:
            return False


def is_given(identity: bytes) -> bool:
    """Return whether ZeroMQ gave this identity to one connection, and will never give it again."""
    return len(identity) == GIVEN_LENGTH and identity.startswith(GIVEN)


class PollerInbox:
    """Pykka's `ActorInbox` over a deque, a wake-up descriptor, a ROUTER, and sockets that tell of connections (`watched`).

    `put` is safe from any thread. Everything else belongs to the gateway's thread.
    """

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.wake_at: float | None = None
        self.vitals = Vitals(self.clock.monotonic())
        self.router: zmq.Socket[bytes] | None = None
        self.watched: tuple[zmq.Socket[Any], ...] = ()
        self.standstill: Callable[[], float] = boot_clock
        self.longest_standstill = 1.5
        self.most_body = Limits().body
        self.on_standstill: Callable[[float], None] = lambda _gap: None
        self._letters: deque[Any] = deque()
        self._asleep = False
        self._wake = Wake()
        self.lived = Lived()
        self._last_pass: float | None = None
        self._stale_until: float | None = None
        self._readable = True
        self.look_every = LOOK_EVERY
        self._look_at = 0.0
        self.connections_changed = False

    def put(self, item: Any, /) -> None:
        """Append an envelope and wake the gateway if it sleeps. Any thread."""
        self._letters.append(item)
        if self._asleep:
            self._asleep = False
            self._wake.set()

    def empty(self) -> bool:
        """Return whether no letter waits."""
        return not self._letters

    def close(self) -> None:
        """Give the wake-up descriptor back; letters still arrive, and wake nobody."""
        self._asleep = False
        self._wake.close()

    def get(self) -> Any:
        """Return the next letter, client frames, `Connections` or `Tick`."""
        self.vitals.busy_since = None
        try:
            while True:
                self._notice_standstill()
                if self._letters:
                    return self._letters.popleft()
                if self.wake_at is not None and self.clock.monotonic() >= self.wake_at:
                    self.wake_at = None
                    return Letter(Tick())
                if self.connections_changed:
                    self.connections_changed = False
                    return Letter(Connections())
                if self.router is not None and self._readable:
                    frames = self.fetch(self.router)
                    if frames is not None:
                        return Letter(frames)
                self._sleep()
        finally:
            self.vitals.taken += 1
            self.vitals.busy_since = self.clock.monotonic()

    def look_again(self, seconds: float) -> None:
        """Have the connections looked at in `seconds`, and so on from then."""
        self.look_every = seconds
        self._look_at = self.standstill() + seconds

    def fetch(self, router: zmq.Socket[bytes]) -> Frames | None:
        """Return the next request that has arrived, whoever sent it, or None. Never waits."""
        try:
            identity = router.recv(_NOBLOCK)
        except zmq.Again:
            return None
        finally:
            self._readable = False  # for all that is known: to ask the poller is cheaper than to try in vain
        first, count = None, 1
        last = router.recv(copy=False)
        while last.more:
            if first is None:
                first = last.bytes
            count += 1
            last = router.recv(copy=False)
        self._notice_standstill()
        frames = Frames(identity, last, self.most_body, stale=self._stale_until is not None)
        if count > 1:
            frames.first, frames.count = first, count
        return frames

    def _sleep(self) -> None:
        timeout = self._timeout()
        self._asleep = True
        if self._letters or timeout <= 0:
            self._asleep = False
            return
        for what, _event in self._poll(timeout):
            if what is self.router:
                self._readable = True
            elif isinstance(what, int):  # the only descriptor; of a large number there may be two objects
                self._wake.clear()
            else:
                self.connections_changed = True
        self._asleep = False
        if not self._readable:
            self.lived.drained = self.lived.now
        if self._stale_until is not None and not self._readable and self.standstill() >= self._stale_until:
            self._stale_until = None

    def _poll(self, timeout: float) -> list[tuple[Any, int]]:
        """Wait. While somebody has come lately, find out first whether a request waits: then it is known when the next one arrived."""
        waited_for = self._waited_for()
        if self.lived.now < self.lived.keen_until:
            found = zmq.zmq_poll(waited_for, 0)
            if all(what is not self.router for what, _event in found):
                self.lived.drained = self.lived.now
            if found:
                return found
        return zmq.zmq_poll(waited_for, int(timeout * 1000) + 1)

    def _timeout(self) -> float:
        timeout = min(self.look_every, self.longest_standstill / 2)
        if self.wake_at is not None:
            timeout = min(timeout, self.wake_at - self.clock.monotonic())
        if self._stale_until is not None:
            timeout = min(timeout, SETTLE / 4)
        if self.lived.now < self.lived.keen_until:
            timeout = min(timeout, KEEN_EVERY)
        return timeout

    def _waited_for(self) -> list[tuple[Any, int]]:
        sockets = self.watched if self.router is None else (self.router, *self.watched)
        return [(self._wake.fd, zmq.POLLIN), *((each, zmq.POLLIN) for each in sockets)]

    def _notice_standstill(self) -> None:
        now = self.standstill()
        before = self._last_pass
        self._last_pass = now
        if now >= self._look_at:
            # However much there is to do, the connections are looked at.
            self._look_at = now + self.look_every
            self.connections_changed = bool(self.watched)
        if before is None:
            return
        self.lived.step(now - before)
        if now - before > self.longest_standstill:
            self._stale_until = now + SETTLE
            self.on_standstill(now - before)
