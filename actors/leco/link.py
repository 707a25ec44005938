"""The one connection to the coordinator, a DEALER that never waits, and the mailbox that waits for it, for letters and for the time."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import zmq

from actors.core.mailbox import Inbox, Letter
from pilotage.wire.leco import Message

OPTIONS: Final[dict[int, int]] = {
    zmq.SNDHWM: 1000,  # messages that wait for a coordinator that is away; more are lost
    zmq.RCVHWM: 1000,  # messages of a flood that wait here; the coordinator loses the others
    zmq.MAXMSGSIZE: 1024 * 1024,  # bytes; a larger frame ends the connection, which begins anew at once
    zmq.LINGER: 0,
    zmq.RECONNECT_IVL: 100,  # ms
    zmq.RECONNECT_IVL_MAX: 200,  # ms; directors ask each second whether we are there, and close when a new coordinator does not know us
    zmq.CONNECT_TIMEOUT: 2000,  # ms; where nobody is there to refuse, TCP alone would wait for minutes
    zmq.HANDSHAKE_IVL: 2000,  # ms
    zmq.TCP_KEEPALIVE: 1,
}
GOODBYE: Final = 200
"""Milliseconds that the last words get to leave."""

MOST: Final = 200
"""Messages that are taken in `WINDOW`; more wait in ZeroMQ, and what it cannot keep is lost: a flood costs the daemon so much, no more."""
WINDOW: Final = 0.1
"""Seconds."""
_NOBLOCK: Final = int(zmq.NOBLOCK)  # numbers: putting two members of an enumeration together takes longer than sending a frame
_MORE: Final = _NOBLOCK | int(zmq.SNDMORE)


class Link:
    """Belongs to the actor's thread. `former` is a connection that has said nothing for a while, beside the one that is tried instead."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self.dealer: zmq.Socket[bytes] | None = None
        self.former: zmq.Socket[bytes] | None = None

    def connect(self, host: str, port: int, identity: str, *, keep: bool = False) -> None:
        """Begin anew with another connection under `identity`; a host that cannot be resolved is looked up again by ZeroMQ.

        With `keep` the connection so far becomes the `former` one, unless there is one already: it may be alive, and while it is not ended
        where the coordinator hears of it, its identity is taken.
        """
        if keep and self.former is None:
            _reset_at_end(port, on=True)
            self.former, self.dealer = self.dealer, None
        elif not keep:
            self.settle()
        self._drop()
        if self._context is None:
            self._context = zmq.Context(1)
        dealer = self._context.socket(zmq.DEALER)
        for option, value in OPTIONS.items():
            dealer.setsockopt(option, value)
        dealer.setsockopt(zmq.IPV6, int(":" in host))  # with it, `localhost` would be ::1 alone, where a coordinator is not
        dealer.setsockopt(zmq.IDENTITY, identity.encode("ascii"))
        dealer.connect(f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}")
        self.dealer = dealer

    def settle(self) -> None:
        """End the former connection in a way that its other end notices at once, whatever is still to be delivered over it."""
        if self.former is not None:
            self.former.close(0)
            self.former = None

    def revert(self, port: int) -> None:
        """Go on with the former connection, which is alive, and let the other one go."""
        self._drop()
        _reset_at_end(port, on=False)
        self.dealer, self.former = self.former, None

    def send(self, message: Message) -> bool:
        """Send, or lose what cannot leave now; return whether it could."""
        return self.send_frames(message.frames())

    def send_frames(self, frames: list[bytes]) -> bool:
        """Send frames as they are."""
        if self.dealer is None:
            return False
        try:
            for frame in frames[:-1]:
                self.dealer.send(frame, _MORE)
            self.dealer.send(frames[-1], _NOBLOCK)
        except zmq.Again:
            return False
        return True

    def close(self) -> None:
        """End it; what was sent last gets a moment to leave."""
        self.settle()
        self._drop(GOODBYE)
        if self._context is not None:
            self._context.term()

    def _drop(self, linger: int = 0) -> None:
        dealer: Any = self.dealer
        if dealer is not None:
            self.dealer = None
            dealer.close(linger)


def _reset_at_end(port: int, *, on: bool) -> None:
    """Have this process's connections to `port` of another computer end with a reset, which the other end takes at once, or as usual.

    An orderly end waits behind what could not be delivered while a cable was pulled, for as long as that lasted. Linux only.
    """
    for entry in Path("/proc/self/fd").glob("*"):
        with suppress(OSError, IndexError, TypeError):
            if str(entry.readlink()).startswith("socket:"):
                with socket.socket(fileno=os.dup(int(entry.name))) as connection:
                    if connection.getpeername()[1] == port:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", on, 0))


class Arrived:
    """The frames of one message, as they came; `former`: over the former connection."""

    __slots__ = ("former", "frames")

    def __init__(self, frames: list[bytes], *, former: bool) -> None:
        self.frames, self.former = frames, former


class DealerInbox(Inbox):
    """`put` is safe from any thread. Everything else belongs to the actor's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.dealer: zmq.Socket[bytes] | None = None
        self.former: zmq.Socket[bytes] | None = None
        self._window, self._taken = float("-inf"), 0
        self._readable: zmq.Socket[bytes] | None = None

    def get(self) -> Any:
        """Return the next envelope, a `Tick`, or what has `Arrived`."""
        self.vitals.busy_since = None
        try:
            while True:
                item = self._next() or self._arrived()
                if item is not None:
                    return item
                self._sleep()
        finally:
            self.vitals.taken += 1
            self.vitals.busy_since = self.clock.monotonic()

    def _arrived(self) -> Any:
        dealer = self._readable
        if dealer is None or self._paused() > 0:
            return None
        self._readable = None  # for all that is known: to ask the poller is cheaper than to try in vain
        if dealer.closed:
            return None
        try:
            last = dealer.recv(_NOBLOCK, copy=False)
        except zmq.Again:
            return None
        frames = [last.bytes]
        while last.more:
            last = dealer.recv(copy=False)
            frames.append(last.bytes)
        self._taken += 1
        return Letter(Arrived(frames, former=dealer is self.former))

    def _paused(self) -> float:
        """Return for how many seconds nothing more is taken."""
        now = self.clock.monotonic()
        if now >= self._window + WINDOW:
            self._window, self._taken = now, 0
        return self._window + WINDOW - now if self._taken >= MOST else 0.0

    def _sleep(self) -> None:
        wake = self.open()
        if not self.empty():
            return
        paused = self._paused()
        timeouts = [self.wake_at - self.clock.monotonic()] if self.wake_at is not None else []
        waited_for: list[tuple[Any, int]] = [(wake.fd, zmq.POLLIN)]
        if paused > 0:
            timeouts.append(paused)
        elif self.dealer is not None:
            waited_for += [(dealer, zmq.POLLIN) for dealer in (self.former, self.dealer) if dealer is not None]
        timeout = int(max(min(timeouts), 0.0) * 1000) + 1 if timeouts else -1
        for what, _event in zmq.zmq_poll(waited_for, timeout):
            if what == wake.fd:
                wake.clear()
            else:
                self._readable = self._readable or what
