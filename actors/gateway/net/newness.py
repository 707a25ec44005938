"""Whether a command may be older than the connection it came through: then it switches nothing on.

A client's ZeroMQ keeps what is sent while no daemon, or no network, is there, for minutes or hours, and delivers it with the handshake of
the next connection. What was sent to nobody, or to another daemon, was not asked of this one.
"""

from __future__ import annotations

import secrets
from typing import Final

WAITED: Final = 0.5
"""Seconds after the end of the handshake in which a command may have waited for it: a queue arrives within milliseconds, a person later."""
HANDSHAKE_TAKES: Final = 2.0
"""Seconds after which a handshake is over: ZeroMQ gives up one that takes longer (`HANDSHAKE_IVL` in `actors.gateway.net.router`)."""
LONGEST_STEP: Final = 0.25
"""Seconds that a standstill counts for: what came before it, and what it kept waiting, must not seem to lie further apart."""
KEEN_EVERY: Final = 0.02
"""Seconds between two looks whether requests wait, while somebody has come lately: so exactly it is known when a request arrived."""
KEEN_FOR: Final = 1.0


class Lived:
    """Time as the gateway has lived it, in seconds: in a standstill of the process it all but stands still, too.

    `drained` is when no request waited last, so that whatever is read now arrived after it; `keen_until` is for `KEEN_EVERY`.
    """

    __slots__ = ("_shaken", "drained", "keen_until", "now")

    def __init__(self) -> None:
        self.now = self.drained = self.keen_until = 0.0
        self._shaken: float | None = None

    def step(self, seconds: float) -> None:
        """Go on by what has passed since the last step."""
        self.now += min(seconds, LONGEST_STEP)

    def came(self) -> float:
        """Note that a connection has come, whose handshake is not over yet; return the time."""
        self.keen_until = self.now + KEEN_FOR
        return self.now

    def shaken_hands(self) -> None:
        """Note that some connection's handshake has ended. ZeroMQ does not tell which, so it counts for all whose own is not known yet."""
        self._shaken = self.came()

    def line(self, accepted: float, *, told: bool) -> Line:
        """Return what is known of a connection with its first request. `told`: it speaks ZMTP 3, whose handshakes are told of."""
        now = self.came()
        last = self._shaken if told and self._shaken is not None else now
        return Line(min(last, accepted + HANDSHAKE_TAKES))


class Line:
    """One connection of a client. `began` is the end of its handshake at the latest (lived seconds).

    `mark` names this very connection: a request that carries it was sent through it, after it was told. `newer` is whether whatever comes
    now is newer than the connection.
    """

    __slots__ = ("began", "mark", "newer")

    def __init__(self, began: float) -> None:
        self.began = began
        self.mark = secrets.token_hex(8)
        self.newer = False

    def read(self, lived: Lived) -> None:
        """Note that a request was read. It arrived after no request waited last: while some always wait, none is known to be newer."""
        self.newer = self.newer or lived.drained >= self.began + WAITED
