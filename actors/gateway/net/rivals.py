"""Connections that give the same ZeroMQ identity: a client that came back over another one, or two programs with one settings file.

ZeroMQ hands the identity over to the newcomer at its handshake, without a word, and keeps the connection it had before, which is deaf from
then on. It is closed when the newcomer speaks, or when something is sent into it; its client, if it is there, makes another one, which
takes the identity back. Gateway thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from actors.core.clock import Clock
from actors.errors import Fault
from actors.gateway.replies import refused

CONTEST: Final = 30.0
"""Seconds for which a newcomer is taken for the one whose connection was closed, after both were last seen to be there."""
MOST: Final = 64
"""Contests that are remembered for `status`; the oldest is forgotten first."""


DISPLACED: Final = Fault("displaced", "another connection has taken this one's ZeroMQ identity: has a settings file been copied? ask again")


def on_the_wire(reply: bytes, *, delimiter: bool) -> bytes:
    """Return an answer as ZMTP 3 sends it (RFC 37 of ZeroMQ): flags (1 = more follows, 2 = long), length, body."""
    head = bytes([0, len(reply)]) if len(reply) < 256 else b"\2" + len(reply).to_bytes(8, "big")  # noqa: PLR2004 - one byte
    return (b"\1\0" if delimiter else b"") + head + reply


DEAF: Final = on_the_wire(refused(DISPLACED), delimiter=False)
"""What is said on a connection on which something has been sent that nobody reads."""


@dataclass(slots=True)
class Contest:
    """One identity with more than one connection. Times are monotonic seconds; `addresses` are the last two."""

    seen: float
    addresses: tuple[str, str]
    count: int = 1
    hosts: set[str] = field(default_factory=set)

    @property
    def two(self) -> bool:
        """Whether there are two programs for sure: one alone does not come back twice while its connection stands, nor from elsewhere."""
        return self.count > 1 or len(self.hosts) > 1


class Rivals:
    """The contests there are and were, by identity."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._contests: dict[bytes, Contest] = {}

    def note(self, identity: bytes, former: str, newcomer: str) -> Contest:
        """Note that `newcomer` (address and port) has taken `identity` from `former`; return the contest; its `count` is 1 if it is new."""
        now = self._clock.monotonic()
        contest = self._contests.get(identity)
        if contest is None or now - contest.seen > CONTEST:
            self._contests.pop(identity, None)
            contest = self._contests[identity] = Contest(now, (former, newcomer))
            if len(self._contests) > MOST:
                del self._contests[next(iter(self._contests))]
        else:
            contest.seen, contest.addresses, contest.count = now, (former, newcomer), contest.count + 1
        contest.hosts |= {host_of(former), host_of(newcomer)}
        return contest

    def status(self) -> list[dict[str, Any]]:
        """Return the contests for `status`."""
        now = self._clock.monotonic()
        return [
            {"addresses": list(contest.addresses), "times": contest.count, "last_s": round(now - contest.seen, 1)}
            for contest in self._contests.values()
        ]


def host_of(address: str) -> str:
    """Return the host of `192.168.1.20:49152` or `[fd00::20]:49152`."""
    return address.rpartition(":")[0].strip("[]")
