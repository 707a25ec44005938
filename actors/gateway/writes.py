"""Serving PI, PI-MULTI and off: commands are done in their order, in time or not at all, and answered with the read-back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import structlog

from actors.core import events
from actors.core.cells import Clientele
from actors.errors import Fault
from actors.gateway.exchange import GONE, Client, Exchange
from actors.gateway.protocol import Component, Request
from actors.gateway.replies import acknowledged, error_object, refused
from actors.gateway.routes import Driven, LoopRoute, OutputRoute, Routes
from actors.gateway.sessions import Sessions
from actors.messages import Claim, Done, LoopOrder, Safe, SetPoint
from actors.outputs.together import Together

log = structlog.get_logger()

_GONE: Final = Fault("client_gone", "not applied: the connection that the command came through has ended")
_OLD: Final = Fault(
    "expired", "not applied: it may have been sent before the daemon served this connection; if it is still wanted, ask again"
)
_STALE: Final = Fault("expired", "not applied: the daemon stood still, and the command may be older than its deadline")
_OVERTAKEN: Final = Fault("withdrawn", "not applied: all outputs were switched off meanwhile")
_OTHER: Final = Fault("expired", "not applied: its mark (boot) is not that of this connection; ask for the mark with scan, then ask again")


class Writes:
    """The driving half of the gateway. Every method runs in the gateway's thread."""

    def __init__(self, sessions: Sessions, routes: Routes, deadline: float, clientele: Clientele, together: Together | None = None) -> None:
        self._sessions = sessions
        self._clientele = clientele
        self._routes = routes
        self._deadline = deadline
        self._open: dict[int, tuple[Exchange, Claim]] = {}
        self._together, self._offs = together or Together(), 0
        self._together.enter(self.overtake)

    def close(self) -> None:
        """Take part no more."""
        self._together.leave(self.overtake)

    def overtake(self) -> None:
        """Withdraw every command that has not been done yet: an `off` came another way. Any thread.

        What is being sent at this moment either is among the open ones already, or is sent after a look at `_offs`.
        """
        self._offs += 1
        for ticket, (_exchange, claim) in [*self._open.items()]:
            claim.withdrawn = True
            self._sessions.reply_to(Done(ticket, _OVERTAKEN))

    def rewire(self, routes: Routes, deadline: float) -> None:
        """Go on with another bench; commands under way keep what they were told."""
        self._routes = routes
        self._deadline = deadline

    def start(self, exchange: Exchange, *, stale: bool = False, late: Fault | None = None) -> None:
        """Drive the components one after the other, so that they are applied in their order; none of a request that is `stale`.

        One that is `late` makes safe, and switches nothing on.
        """
        if stale:
            self.refuse_all(exchange, _STALE)
            return
        exchange.offs = self._offs
        exchange.queue.extend(range(len(exchange.request.components)))
        fault = late or (_GONE if exchange.connection == GONE else _too_old(exchange.client, exchange.request))
        if fault is not None:
            self._only_safe(exchange, fault)
        self._sessions.timer(exchange.deadline, exchange)
        if self._open:
            self.send_held_back({self._output(exchange, index) for index in exchange.queue})
        self._next(exchange)

    def _only_safe(self, exchange: Exchange, fault: Fault) -> None:
        """Answer with `fault` every component that would drive an output anywhere but to its safe value; the others stay in the queue."""
        for index in [*exchange.queue]:
            component, route = exchange.request.components[index], self._output(exchange, index)
            if isinstance(component, Component) and route is not None and not _is_safe(component, route):
                exchange.queue.remove(index)
                exchange.answers[index] = fault
                who, code = exchange.client.who, fault.code
                log.warning(
                    events.SET_POINT_REFUSED, actor=route.spec.name, child=route.child, value=component.value, client=who, error_code=code
                )

    def send_held_back(self, routes: Collection[Driven | None]) -> None:
        """Send what earlier requests have for these outputs and have not sent yet, so that no later request is done before it."""
        for other in dict.fromkeys(other for other, _ in self._open.values()):
            for index in [index for index in other.queue if self._output(other, index) in routes]:
                other.queue.remove(index)
                self._send(other, index)

    def refuse_all(self, exchange: Exchange, fault: Fault) -> None:
        """Answer every component with `fault`; nothing is driven."""
        exchange.queue.clear()
        for index in range(len(exchange.request.components)):
            exchange.answers.setdefault(index, fault)
        self._finish(exchange)

    def off(self, exchange: Exchange) -> None:
        """Send every output to its safe value, ahead of anything queued; commands that have not been done yet are withdrawn.

        What a loop commands counts no more from this moment on, whatever became of the loop.
        """
        self._sessions.timer(exchange.deadline, exchange)
        self._together.off(self.overtake)
        others = list(dict.fromkeys(other for other, _ in self._open.values()))
        for other in others:
            self.withdraw(other)
        for loop in self._routes.loops:
            if loop.cell is not None:
                loop.cell.claim.withdrawn = True
            if loop.tell is not None:
                loop.tell(Safe("off", client=exchange.client.who))
        for route in self._routes.outputs:
            down = route.down()
            if down is not None or route.tell is None:
                exchange.answers[route] = down or Fault("unavailable", f"{route.child} is {route.state}")
                continue
            ticket = self._sessions.ticket(exchange)
            exchange.awaiting[ticket] = route
            route.tell(Safe("off", ticket, self._sessions.reply_to, exchange.client.who))
        for other in others:
            self.refuse_all(other, _OVERTAKEN)
        self._finish_off(exchange)

    def answered(self, exchange: Exchange, ticket: int, key: Any, result: Any) -> None:
        """Take an output's answer to one component (or to `off`)."""
        self._open.pop(ticket, None)
        if exchange.awaiting.pop(ticket, None) is None or exchange.reply is not None:
            return
        exchange.answers[key] = result
        if isinstance(key, OutputRoute):
            self._finish_off(exchange)
        else:
            self._next(exchange)

    def late(self, exchange: Exchange) -> None:
        """Withdraw what is still under way: a command whose deadline passed is never executed later."""
        self.withdraw(exchange)
        limit = f"did not answer within {self._deadline:g} s"
        if exchange.request.type == "off":
            for route in exchange.awaiting.values():
                exchange.answers[route] = Fault("deadline", limit)
            exchange.awaiting.clear()
            self._finish_off(exchange)
        else:
            self.refuse_all(exchange, Fault("deadline", f"it {limit}; if it has not acted yet, it will not"))

    def withdraw(self, exchange: Exchange) -> None:
        """Let nothing of this exchange be executed any more."""
        exchange.queue.clear()
        for claim in exchange.claims:
            claim.withdrawn = True
        for ticket in exchange.awaiting:
            self._open.pop(ticket, None)

    def client_lost(self, client: Client, connection: int) -> None:
        """Withdraw every command that came through `connection`, which has ended; forget the client unless answers are due to it."""
        for exchange in [exchange for exchange in client.pending if exchange.connection == connection and exchange.reply is None]:
            self.withdraw(exchange)
            self.refuse_all(exchange, _GONE)
        self._sessions.left(client)

    def _next(self, exchange: Exchange) -> None:
        while exchange.queue and not exchange.awaiting:
            self._send(exchange, exchange.queue.popleft())
        if not exchange.awaiting:
            self._finish(exchange)

    def _send(self, exchange: Exchange, index: int) -> None:
        component = exchange.request.components[index]
        fault = component if isinstance(component, Fault) else self._drive(exchange, index, component)
        if fault is not None:
            exchange.answers[index] = fault

    def _output(self, exchange: Exchange, index: int) -> Driven | None:
        """Return the output, or the loop, that a component drives, if it drives any."""
        component = exchange.request.components[index]
        target = component if isinstance(component, Fault) else self._routes.to_drive(component)
        return None if isinstance(target, Fault) else target

    def _drive(self, exchange: Exchange, index: int, component: Component) -> Fault | None:
        route = self._routes.to_drive(component)
        if isinstance(route, Fault):
            return route
        down = route.down()
        if down is not None or route.tell is None:
            return down or Fault("unavailable", f"{route.child} is {route.state}; nothing was changed")
        claim = Claim()
        ticket = self._sessions.ticket(exchange)
        exchange.awaiting[ticket] = index
        exchange.claims.append(claim)
        self._open[ticket] = (exchange, claim)
        if exchange.offs != self._offs and not _is_safe(component, route):
            self._open.pop(ticket)
            del exchange.awaiting[ticket]
            self._sessions.forget(ticket)
            return _OVERTAKEN
        terms = exchange.deadline, claim, exchange.client.who, self._sessions.reply_to
        if isinstance(route, LoopRoute):
            order = {"set": component.value} if component.order is None else component.order
            if exchange.connection != GONE and order:
                self._clientele.drove(exchange.client.identity, route.spec.output.id)
            route.tell(LoopOrder(ticket, order, *terms))
            return None
        assert component.value is not None  # noqa: S101 - the decoder gives every other driving component a value
        if exchange.connection != GONE:
            self._clientele.drove(exchange.client.identity, route.child)
        route.tell(SetPoint(ticket, component.value, *terms))
        return None

    def _finish(self, exchange: Exchange) -> None:
        request = exchange.request
        results = [exchange.answers[index] for index in range(len(request.components))]
        if request.type != "loop":  # of a loop that is set by its pin the answer is the set-point
            results = [result["set_point"] if isinstance(result, dict) else result for result in results]
        if request.type != "PI-MULTI":
            result = results[0]
            reply = refused(result, request.id) if isinstance(result, Fault) else acknowledged(result, request.id)
        else:
            reply = acknowledged([_envelope(result) for result in results], request.id)
        self._sessions.settle(exchange, reply)

    def _finish_off(self, exchange: Exchange) -> None:
        if exchange.awaiting:
            return
        request = exchange.request
        faults = [f"{route.child}: {result.message}" for route, result in exchange.answers.items() if isinstance(result, Fault)]
        if faults:
            self._sessions.settle(exchange, refused(Fault("not_all_safe", "; ".join(faults)), request.id))
        else:
            self._sessions.settle(exchange, acknowledged({route.child: value for route, value in exchange.answers.items()}, request.id))


def _is_safe(component: Component, route: Driven) -> bool:
    """Return whether a component sends an output to its safe value, switches a loop off, or only looks at it."""
    if isinstance(route, LoopRoute):
        order = {"set": component.value} if component.order is None else component.order
        return order in ({}, {"set": 0}, {"mode": "off"})
    value, spec = component.value, route.spec
    return value is not None and min(max(value, spec.min), spec.max) == spec.safe


def _too_old(client: Client, request: Request) -> Fault | None:
    """Return why a request may be older than the connection it came through, or None if it cannot be."""
    if client.line is None:
        return _OLD
    if request.boot is not None:
        return None if request.boot == client.line.mark else _OTHER
    return None if client.line.newer else _OLD


def _envelope(result: Any) -> dict[str, Any]:
    return error_object(result) if isinstance(result, Fault) else {"state": "ACK", "value": result}
