"""The LECO actor: a bench in a laboratory's network, under many names over one connection. It tells, and waits for nobody.

To the rest of the daemon it is a way in like the gateway: set-points carry claim and deadline, and records say which component asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, Final

import structlog

from actors.bench.devices import LECO, Bench
from actors.bench.leco import Leco
from actors.core import events
from actors.core.actor import Child, fault_of
from actors.core.clock import Clock
from actors.core.mailbox import Letter
from actors.errors import Fault, PilotageError
from actors.gateway.exchange import INTERNAL, Exchange
from actors.gateway.reading.reads import Reads
from actors.gateway.replies import acknowledged, refused
from actors.gateway.routes import Routes
from actors.gateway.writes import Writes
from actors.leco.asking import DEADLINE, Turn
from actors.leco.desk import CONNECTION, Desk
from actors.leco.grabs import Grabs, KeptGrabs
from actors.leco.lateness import Lateness
from actors.leco.link import Arrived, DealerInbox
from actors.leco.names import things
from actors.leco.network import LecoCell, Network
from actors.leco.serving import Serving
from actors.messages import Condition, Done, News, Rewire, Route, Tell, Tick
from actors.outputs.together import Together
from pilotage.wire import leco
from pilotage.wire.leco import Message

log = structlog.get_logger()

GRACE: Final = 1.0
"""Seconds after the start that the network may take before it counts as missing."""

NEW: Final = 15.0
"""Seconds after joining in which a component unknown to the coordinator may be there: both may be new, and pyleco signs in every 10 s."""


class LecoActor(Child):
    """One bench in one network. Everything but `reply_to` runs in the actor's thread."""

    def __init__(
        self,
        settings: Leco,
        bench: Bench,
        generation: int,
        *,
        parent: Tell,
        clock: Clock,
        cell: LecoCell,
        routes: Iterable[Route],
        together: Together,
        kept: KeptGrabs,
        simulated: bool = False,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Join the network of `settings` with `bench`; `routes` say where its children are, `kept` which live grabs were under way."""
        super().__init__(LECO, generation, parent, clock)
        self._settings, self._wall, self._clientele = settings, wall, together.leco
        self.cell = cell
        self._timers = SimpleNamespace(wake_at=None)
        self._desk = Desk(self._timers, clock, bench.limits, self.reply_to)
        self._routes = Routes(bench)
        self._reads = Reads(self._desk, 0.0, DEADLINE, simulated=simulated)
        self._writes = Writes(self._desk, self._routes, DEADLINE, together.leco, together)
        self._network = Network(settings, self._names(), self._box, clock.monotonic(), wall)
        self._grabs = Grabs(self._routes, self._network.call, kept, clock.monotonic())
        self._serving = Serving(settings.name, self._desk, self._reads, self._writes, self._grabs, parent, self._answer)
        self._serving.follow(self._routes, drive=settings.drive, off=settings.off)
        self._lateness = Lateness()
        self._begun, self._condition, self._joined = clock.monotonic(), "", False
        self._next = 0.0
        self._desk.on_abandoned = self._reads.forget, self._writes.withdraw
        for route in routes:
            self._follow(route)

    @staticmethod
    def _create_actor_inbox() -> Any:
        return DealerInbox()

    def _names(self) -> tuple[str, ...]:
        return (self._settings.name, *things(self._settings.name, self._routes))

    def begin(self) -> None:
        """Serve at once: whether there is a network shows later, and may change at any time."""
        self._clientele.all_lost(self.clock.monotonic())
        self._network.connect()
        self._tell_open()
        self.serve(where=self._network.where)
        self._advance()

    def _tell_open(self) -> None:
        if self._settings.drive:
            log.warning(events.LECO_OPEN, endpoint=self._network.where)

    @property
    def _box(self) -> DealerInbox:
        box: DealerInbox = self.actor_inbox  # type: ignore[assignment]
        return box

    def reply_to(self, message: Any) -> None:
        """Put a child's message into the mailbox. Any thread; never raises."""
        self._box.put(Letter(message))

    def handle(self, message: Any) -> None:
        """Serve one thing: a message from the network, a child's answer, news, a deadline."""
        match message:
            case Arrived():
                if message.former:
                    self._network.revert(self.clock.monotonic())
                self._arrived(message.frames)
            case Done():
                self._answered(message)
            case News():
                known = self._routes.children.get(message.child)
                for exchange in list(known.waiters) if known is not None else ():
                    self._guarded(self._reads.news, exchange)
                self._next = 0.0
            case Route():
                self._follow(message)
            case Rewire():
                self._rewire(message.bench)
            case Tick():
                self._next = 0.0
            case _:
                log.error(events.INTERNAL_ERROR, actor=self.child, problem=f"unknown message {type(message).__name__}")
        if self.clock.monotonic() >= min(self._next, self._timers.wake_at or self._next):
            self._advance()
        self._rearm()

    def _advance(self) -> None:
        """Do what is due: deadlines, signs of life, live grabs, who is gone."""
        now = self.clock.monotonic()
        for exchange in self._desk.due():
            if exchange.deadline <= now:
                self._guarded(self._late, exchange)
        self._network.advance(now)
        for component in self._desk.gone(now):
            self._lost(component)
        again = self._grabs.look(now) if self._joined else None
        self._tell_condition(now)
        self._next = min(self._network.membership.due(now), now + 1.0, again or now + 1.0)

    def _rearm(self) -> None:
        self.wake_at(self._next if self._timers.wake_at is None else min(self._next, self._timers.wake_at))

    def _arrived(self, frames: list[bytes]) -> None:
        message, now = leco.decode(frames), self.clock.monotonic()
        if message is None:
            return
        name = leco.last_part(message.receiver)
        of_coordinator = leco.last_part(message.sender) == leco.COORDINATOR
        late = False
        if not of_coordinator:
            steady = self._network.membership.steady(now)
            sent = leco.sent_at(message.conversation)
            late = self._lateness.heard(message.sender, sent, now, self._wall(), steady=steady)
        for part in leco.content(message):
            if isinstance(part, leco.Answer):
                if of_coordinator:
                    self._of_coordinator(name, message, part, now)
            elif isinstance(part, leco.Malformed):
                self._network.send(name, message.sender, message.conversation, leco.error(part.id, part.code, part.problem))
            elif of_coordinator and part.method == "pong":
                self._network.send(name, message.sender, message.conversation, leco.result(part.id, None))
            else:
                self._serve(name, message, part, now, late=late)

    def _of_coordinator(self, name: str, message: Message, answer: leco.Answer, now: float) -> None:
        component = self._network.heard(name, message, answer, now)
        if component is not None and now - self._network.membership.since > NEW:
            self._lost(component)
        self._next = 0.0

    def _serve(self, name: str, message: Message, call: leco.Call, now: float, *, late: bool) -> None:
        known = name == self._settings.name or name in self._serving.things
        if not known:  # a name that the bench has just lost
            self._network.send(
                name, message.sender, message.conversation, leco.error(call.id, leco.UNKNOWN_METHOD, "this name is no longer there")
            )
            return
        if message.sender not in self._desk.heard:
            self._next = 0.0
        client = self._desk.component(message.sender, now)
        self._clientele.back(client.identity)
        self._clientele.asked = now
        turn = Turn(name, self._serving.things.get(name), message.sender, message.conversation, call, client, late)
        try:
            self._serving.serve(turn)
        except Exception as error:
            log.exception(events.INTERNAL_ERROR, actor=self.child, problem=fault_of(error).message)
            self._serving.refuse(turn, INTERNAL)

    def _answer(self, turn: Turn, payload: bytes) -> None:
        if turn.call.wants_answer:
            self._network.send(turn.name, turn.sender, turn.conversation, payload)

    def _lost(self, component: str) -> None:
        """Note that a component is gone: what it drove has lost it, and nothing more is told to it."""
        self._grabs.forget(component)
        client = self._desk.heard.pop(component, None)
        if client is not None:
            self._clientele.lost(client.identity, self.clock.monotonic())
            self._writes.client_lost(client, CONNECTION)

    def _answered(self, done: Done) -> None:
        exchange = self._desk.awaiting(done.ticket)
        if exchange is None:
            return
        if exchange.plan is not None:
            self._guarded(self._reads.output_answered, exchange, exchange.awaiting.pop(done.ticket), done.result)
        elif exchange.drives:
            self._guarded(self._writes.answered, exchange, done.ticket, exchange.awaiting[done.ticket], done.result)
        else:
            reply = refused if isinstance(done.result, Fault) else acknowledged
            self._guarded(self._desk.settle, exchange, reply(done.result))
        self._next = 0.0

    def _late(self, exchange: Exchange) -> None:
        if exchange.plan is not None:
            self._reads.late(exchange)
        elif exchange.drives:
            self._writes.late(exchange)
        else:
            self._desk.settle(exchange, exchange.refusal(Fault("deadline", f"no answer within {DEADLINE:g} s")))

    def _follow(self, route: Route) -> None:
        known = self._routes.children.get(route.child)
        if known is not None:
            known.follow(route)
            for exchange in list(known.waiters):
                self._guarded(self._reads.route_changed, exchange, known)

    def _rewire(self, bench: Bench) -> None:
        """Go on with another bench: names that it does not have any more are signed out, new ones in."""
        before, self._settings = self._settings, bench.leco or self._settings
        if self._settings.drive != before.drive:
            self._tell_open()
        former, self._routes = self._routes, Routes(bench, self._routes)
        self._desk.limits = bench.limits
        self._writes.rewire(self._routes, DEADLINE)
        self._serving.follow(self._routes, drive=self._settings.drive, off=self._settings.off)
        self._grabs.keep(self._serving.things, self._routes, self._settings.name)
        self._clientele.keep([spec.id for spec in bench.outputs])
        for known in self._routes.gone(former):
            known.follow(Route(known.child, "stopped", Fault("removed", "config.py no longer has it there"), known.generation, None, None))
            for exchange in list(known.waiters):
                self._guarded(self._reads.route_changed, exchange, known)
        self._network.rename(self._names(), self.clock.monotonic())
        self._next = 0.0

    def _tell_condition(self, now: float) -> None:
        """Publish for `status`, and tell log and supervisor when it changes whether the network is joined."""
        membership, where = self._network.membership, self._network.where
        fault = membership.fault(now, where)
        self.cell.presence = self._network.presence(fault, tuple(self._desk.heard))
        if fault is not None and now - self._begun < GRACE and fault.code == "not_joined" and not self._condition:
            return
        code = fault.code if fault is not None else "joined"
        if code == self._condition:
            return
        self._condition, self._joined = code, fault is None
        if fault is None:
            log.info(events.LECO_JOINED, endpoint=where, namespace=membership.namespace, component=membership.full(membership.main))
        else:
            log.warning(events.LECO_LOST, endpoint=where, error_code=fault.code, reason=fault.message)
        self._parent(Condition(self.child, self.generation, fault))

    def _guarded(self, serve: Callable[..., None], exchange: Exchange, *arguments: Any) -> None:
        """Run one step of serving: a bug in it is recorded and answered, and harms nobody else."""
        try:
            serve(exchange, *arguments)
        except Exception as error:
            fault = Fault.of(error) if isinstance(error, PilotageError) else INTERNAL
            if fault is INTERNAL:
                log.exception(events.INTERNAL_ERROR, actor=self.child, problem=fault_of(error).message)
            self._reads.forget(exchange)
            self._writes.withdraw(exchange)
            self._desk.settle(exchange, exchange.refusal(fault))

    def end(self) -> None:
        """Sign out, withdraw what has not been done, and let go of the connection."""
        for client in [*self._desk.heard.values()]:
            self._writes.client_lost(client, CONNECTION)
        self._writes.close()
        self._grabs.keep_now()
        self._clientele.all_lost(self.clock.monotonic())
        self._network.leave()
        self._box.close()
