"""Clients of a life: each asks in order, and must be answered in order, every request once."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import zmq

from tests.actors.gateway.peer import strict
from tests.life.broken import BrokenPromiseError

ANSWER_WITHIN: Final = 4.0
"""Seconds until a request without an answer is a broken promise; the daemon's own deadline is 1.5 s."""
_NUMBERS = itertools.count(1)


@dataclass
class Asked:
    """A request on its way. `optional`: the daemon, or the connection, that it was for has gone, so that no answer need come."""

    number: int
    request: dict[str, Any]
    at: float
    served: bool
    """Whether a daemon served this connection when it was sent."""
    optional: bool = False


class Client:
    """One identity, with one connection at a time. `on_answer` is told of every answer."""

    def __init__(
        self, context: zmq.Context[Any], endpoint: str, identity: bytes, on_answer: Callable[[Asked, dict[str, Any]], object]
    ) -> None:
        self.identity = identity
        self._context = context
        self._endpoint = endpoint
        self._on_answer = on_answer
        self._socket: zmq.Socket[bytes] | None = None
        self.pending: deque[Asked] = deque()
        self.boot: Any = None

    @property
    def connected(self) -> bool:
        """Whether it has a connection, to a daemon that may be away."""
        return self._socket is not None

    @property
    def awaits(self) -> bool:
        """Whether an answer has to come still."""
        return any(not asked.optional for asked in self.pending)

    def connect(self) -> None:
        """Connect, with the same identity as ever."""
        socket = self._context.socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 0), (zmq.RECONNECT_IVL, 5), (zmq.SNDHWM, 0), (zmq.RCVHWM, 0)):
            socket.setsockopt(option, value)
        socket.setsockopt(zmq.IDENTITY, self.identity)
        socket.connect(self._endpoint)
        self._socket, self.boot = socket, None

    def leave(self) -> None:
        """Close the connection; what is under way on it is lost."""
        if self._socket is not None:
            self._socket.close(0)
        self._socket = None
        self.lost_the_daemon()

    def lost_the_daemon(self) -> None:
        """Expect no answer any more to what was sent."""
        self.boot = None
        for asked in self.pending:
            asked.optional = True

    def send(self, request: dict[str, Any], now: float, *, served: bool) -> Asked:
        """Send a request; its answer comes later."""
        assert self._socket is not None
        asked = Asked(next(_NUMBERS), request, now, served)
        mark = {"boot": self.boot} if self.boot is not None else {}
        self._socket.send(json.dumps({**request, **mark, "id": asked.number}).encode())
        self.pending.append(asked)
        return asked

    def hear(self, milliseconds: int = 0) -> bool:
        """Take in every answer that is there; return whether there was any."""
        heard = False
        while self._socket is not None and self._socket.poll(0 if heard else milliseconds):
            self._take(strict(self._socket.recv()))
            heard = True
        return heard

    def _take(self, reply: dict[str, Any]) -> None:
        number = reply.get("id")
        if number is None and reply.get("code") == "displaced":  # a connection of before was taken for a rival: it says "ask again"
            for asked in self.pending:
                asked.optional = True
            return
        if all(asked.number != number for asked in self.pending):
            raise BrokenPromiseError(f"an answer to no request, or a second one: {reply}")
        while (asked := self.pending.popleft()).number != number:
            if not asked.optional:
                raise BrokenPromiseError(f"{asked.request} was passed over: the next answer is {reply}")
        if asked.request["type"] == "scan" and reply["state"] == "ACK":
            self.boot = reply.get("boot", reply["value"].get("boot"))
        self._on_answer(asked, reply)

    def stood_still(self, seconds: float) -> None:
        """Do not count time in which the daemon could do nothing."""
        for asked in self.pending:
            asked.at += seconds

    def late(self, now: float) -> Asked | None:
        """Return a request that should have been answered long ago."""
        asked = next((asked for asked in self.pending if not asked.optional), None)
        return asked if asked is not None and now - asked.at > ANSWER_WITHIN else None
