"""A client, and its exchanges: requests in their order, each on the way to its answer."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from actors.bench.access import is_loopback
from actors.errors import Fault
from actors.gateway.net.newness import Line
from actors.gateway.protocol import DRIVING, Request
from actors.gateway.reading.read_plan import ReadPlan
from actors.gateway.replies import acknowledged, error_object, refused
from actors.gateway.routes import ChildRoute
from actors.messages import Claim

GONE: Final = -1
"""Stands for a descriptor where the connection had ended before the request was looked at."""
BUSY: Final = Fault("busy", "too many requests are waiting for their answers already")
UNDECODED: Final = Request("")
"""The request of an exchange whose body has not been decoded, or could not be."""
INTERNAL: Final = Fault("internal_error", "the daemon failed on this request; its log says where")


@dataclass(slots=True, eq=False)
class Exchange:
    """One request on its way to its answer. `asked`, `deadline` and `held_until` are monotonic seconds.

    `connection`: of a request that drives, the descriptor it came through, or `GONE`.
    """

    client: Client
    delimiter: bool
    asked: float
    deadline: float
    request: Request = UNDECODED
    plan: ReadPlan | None = None
    held_until: float | None = None
    answers: dict[Any, Any] = field(default_factory=dict)
    awaiting: dict[int, Any] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    queue: deque[int] = field(default_factory=deque)
    reply: bytes | None = None
    connection: int | None = None
    offs: int = 0
    """How often an `off` had come another way when this request began to drive."""

    @property
    def held(self) -> bool:
        """Whether it waits for news (pacing) and has not begun to fetch anything."""
        return self.held_until is not None

    @property
    def drives(self) -> bool:
        """Whether it changes outputs."""
        return self.request.type in DRIVING or self.request.type == "off"

    def refusal(self, fault: Fault) -> bytes:
        """Return the reply that refuses the request as a whole; for an `AQ-MULTI` a list with the ERROR in the place of each reading.

        The older plugin of PyMoDAQ looks into the list only: without one its live grab never asks again.
        """
        if self.request.type != "AQ-MULTI":
            return refused(fault, self.request.id)
        return acknowledged([error_object(fault)] * len(self.request.components), self.request.id)


STANDS_FOR: Final = b"for "
"""How the identity of a client begins that acts for somebody else; believed of programs of this machine alone, which may drive anyway."""


@dataclass(slots=True, eq=False)
class Client:
    """A ZeroMQ identity: its requests in order, the readings it was given last, and whether it leaves its answers unread (`deaf`).

    `connection` is the descriptor of its TCP connection, None while it is not known to have any.
    `line` is what is known of the connection that its last request came through, `peer` is its address and port.
    `told_at` is when it was last told history, `onlooker_until` until when its looking counts for nobody's presence (monotonic).
    `full_since` is when it stopped to take answers (monotonic).
    `key` and `public` are the name of its key and the public half, where it has one.
    """

    identity: bytes
    address: str
    since: float
    last_seen: float
    pending: deque[Exchange] = field(default_factory=deque)
    seen: dict[tuple[ChildRoute, str | None], tuple[Any, float]] = field(default_factory=dict)
    requests: int = 0
    deaf: bool = False
    connection: int | None = None
    line: Line | None = None
    peer: str = ""
    full_since: float | None = None
    told_at: float = float("-inf")
    onlooker_until: float = float("-inf")
    key: str | None = None
    public: bytes = b""

    @property
    def who(self) -> str:
        """Where it is, and whose key it has, if any; for a program of this machine that says so, whom it acts for."""
        if self.key is None and self.identity.startswith(STANDS_FOR) and is_loopback(self.address):
            told = self.identity[len(STANDS_FOR) :].rpartition(b"#")[0].decode("utf-8", "replace")
            return "".join(letter if letter.isprintable() else "?" for letter in told) or self.address
        return self.address if self.key is None else f"{self.address} ({self.key})"

    def given_at(self, route: ChildRoute, channel: str | None, token: Any) -> float:
        """Return when this client was given what `token` identifies (monotonic), or minus infinity."""
        seen = self.seen.get((route, channel))
        return seen[1] if seen is not None and (seen[0] is token or seen[0] == token) else float("-inf")
