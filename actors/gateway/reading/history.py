"""Serving `history`: what is new in the ring since a cursor, in columns; a request that finds nothing waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from actors.core.clock import clock_synchronised
from actors.core.ring import Driven, Happened, Measured, Ring
from actors.gateway.exchange import Exchange
from actors.gateway.replies import acknowledged
from actors.gateway.routes import Routes, SensorRoute
from actors.gateway.sessions import Sessions

LONGEST_WAIT: Final = 30.0
"""Seconds that a request may wait for news; a client that asks for more is answered then, with nothing, and asks again."""
PACE: Final = 0.1
"""Seconds between two answers to a client that waits for news: a hundred channels at 10 Hz make ten answers a second, not a thousand."""


class History:
    """The part of the gateway that hands on the ring. Every method runs in the gateway's thread."""

    def __init__(self, sessions: Sessions, ring: Ring, *, simulated: bool) -> None:
        self.ring = ring
        self._sessions = sessions
        self._simulated = simulated
        self._waiting: dict[Exchange, None] = {}

    def start(self, exchange: Exchange, routes: Routes) -> None:
        """Answer with what is new, or wait for it, for as long as the request wants."""
        now, wait = self._sessions.now(), min(exchange.request.arguments["wait"], LONGEST_WAIT)
        due, news = exchange.client.told_at + PACE, self._has_news(exchange)
        if wait == 0 or (news and now >= due):
            self.finish(exchange, routes)
            return
        exchange.deadline = exchange.held_until = now + wait
        self._hold(exchange, due if news else None)

    def _has_news(self, exchange: Exchange) -> bool:
        arguments = exchange.request.arguments
        return self.ring.has_news(arguments["cursor"], events=arguments["events"])

    def _hold(self, exchange: Exchange, due: float | None) -> None:
        """Let a request wait until `due` (monotonic), for news if that is None, and no longer than it wants."""
        if due is None:
            self._await(exchange)
        else:
            exchange.held_until = min(due, exchange.deadline)
        assert exchange.held_until is not None  # noqa: S101 - `start` has set it
        self._sessions.timer(exchange.held_until, exchange)

    def _await(self, exchange: Exchange) -> None:
        self._waiting[exchange] = None
        self.ring.await_news(self._sessions.reply_to, events=exchange.request.arguments["events"])

    def news(self, release: Callable[[Exchange], None]) -> None:
        """Have those released who can be answered now that there is news; the others of those who wait are answered a moment later."""
        now, waiting, self._waiting = self._sessions.now(), self._waiting, {}
        for exchange in waiting:
            due = exchange.client.told_at + PACE
            if not self._has_news(exchange):
                self._await(exchange)
            elif now >= due:
                release(exchange)
            else:
                self._hold(exchange, due)

    def finish(self, exchange: Exchange, routes: Routes) -> None:
        """Answer with what there is now, be it nothing."""
        self.forget(exchange)
        part = self.ring.since(exchange.request.arguments["cursor"])
        exchange.held_until = None
        exchange.client.told_at = self._sessions.now()
        now, first = self.ring.now(), exchange.request.arguments["cursor"] is None or part.missed
        document = {
            "cursor": part.cursor,
            "missed": part.missed,
            "more": part.more,
            "boot_id": self.ring.boot_id,
            "now": round(now, 4),
            "time": round(time.time(), 4),
            "clock_synchronised": clock_synchronised(),
            "simulated": self._simulated,
            **columns([*part.entries, *(outputs_now(routes, now) if first and not part.more else [])], routes),
        }
        self._sessions.settle(exchange, acknowledged(document, exchange.request.id))

    def forget(self, exchange: Exchange) -> None:
        """Wait no more for news on behalf of a request that is withdrawn."""
        self._waiting.pop(exchange, None)


def outputs_now(routes: Routes, now: float) -> list[Driven]:
    """Return what every output does, for whoever does not know how it came to that."""
    cells = [(route.child, route.cell) for route in routes.outputs if route.cell is not None]
    return [Driven(now, child, cell.asked, cell.read_back, cell.asked_by) for child, cell in cells]


def columns(entries: list[Measured | Driven | Happened], routes: Routes) -> dict[str, Any]:
    """Return the entries as `readings`, `outputs` and `events`: one list per column, in the order in which things were noted."""
    readings: dict[str, dict[str, list[Any]]] = {}
    outputs: dict[str, dict[str, list[Any]]] = {}
    events: dict[str, list[Any]] = {name: [] for name in Happened._fields}
    for entry in entries:
        match entry:
            case Measured():
                for name, value in _channels(entry, routes):
                    column = readings.setdefault(name, {"at": [], "value": [], "fault": []})
                    fault = isinstance(value, str)
                    _append(column, at=round(entry.at, 4), value=None if fault else value, fault=value if fault else None)
            case Driven():
                column = outputs.setdefault(entry.child, {"at": [], "asked": [], "value": [], "by": []})
                _append(column, at=round(entry.at, 4), asked=entry.asked, value=entry.value, by=entry.by)
            case Happened():
                _append(events, **{**entry._asdict(), "at": round(entry.at, 4)})
    return {"readings": readings, "outputs": outputs, "events": events}


def _append(column: dict[str, list[Any]], **values: Any) -> None:
    for name, value in values.items():
        column[name].append(value)


def _channels(entry: Measured, routes: Routes) -> list[tuple[str, float | str]]:
    """Return the channels of a measurement by the names that a client reads them by: the default one has that of its sensor."""
    route = routes.children.get(entry.child)
    known = tuple(route.channels) if isinstance(route, SensorRoute) else entry.names or ("",)
    names = entry.names or known
    values = entry.values if entry.names else entry.values * len(known)
    return [(entry.child if name == known[0] else f"{entry.child}.{name}", value) for name, value in zip(names, values, strict=True)]
