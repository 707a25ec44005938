"""Requests from the network, on the way to their answers: the gateway's own book-keeping, with a call in the place of a connection."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from actors.bench.devices import Limits
from actors.core.clock import Clock
from actors.gateway.exchange import Client, Exchange
from actors.gateway.net.newness import Line
from actors.gateway.sessions import Sessions
from actors.messages import Tell

MOST: Final = 256
"""Components of the network that are known; the one silent for longest is forgotten."""
SILENT: Final = 45.0
"""Seconds after which a component that has said nothing counts as gone, as it does for its coordinator (3 times 15 s)."""
CONNECTION: Final = 0
"""Stands for the descriptor of a connection: every component is behind the same one."""


def _nothing(_value: Any) -> None:
    """Expect no answer."""


@dataclass(slots=True, eq=False)
class Errand(Exchange):
    """One request of a component; `then` takes the value of its reply, an ERROR object for one that failed."""

    then: Callable[[Any], None] = _nothing


class Desk(Sessions):
    """Who has asked what. Its clients are components, by their full names; everything belongs to the actor's thread."""

    def __init__(self, box: Any, clock: Clock, limits: Limits, reply_to: Tell) -> None:
        super().__init__(box, clock, limits, reply_to)
        self.heard: dict[str, Client] = {}

    def component(self, name: str, now: float) -> Client:
        """Return the component of that full name, as one that has just said something."""
        client = self.heard.pop(name, None) or Client(f"leco {name}".encode(), f"LECO {name}", now, now, line=_newer())
        self.heard[name] = client
        client.last_seen = now
        client.requests += 1
        return client

    def gone(self, now: float) -> list[str]:
        """Return the components that count as gone, those first that were heard longest ago."""
        names = [name for name, client in self.heard.items() if now - client.last_seen > SILENT]
        return names or [*self.heard][: max(len(self.heard) - MOST, 0)]

    def _deliver(self, client: Client) -> None:
        """Hand over what is answered, in whatever order: each answer says which call it is for."""
        ready = [exchange for exchange in client.pending if exchange.reply is not None]
        client.pending = deque(exchange for exchange in client.pending if exchange.reply is None)
        for exchange in ready:
            reply = exchange.reply or b""
            self.let_go(reply)
            assert isinstance(exchange, Errand)  # noqa: S101 - nothing else comes here
            document = json.loads(reply)
            exchange.then(document["value"] if document["state"] == "ACK" else document)


def _newer() -> Line:
    """Return a connection whose age says nothing: whether a command is late is known by other means."""
    line = Line(0.0)
    line.newer = True
    return line
