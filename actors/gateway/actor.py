"""The gateway actor: JSON requests in, messages to the children, answers out, in order per client.

Its mailbox is the poller (`actors.gateway.poller`): one thread owns the ROUTER, its letters and every deadline, and waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from actors.bench.devices import GATEWAY, Bench
from actors.core import events
from actors.core.actor import Child, fault_of
from actors.core.clock import Clock
from actors.core.mailbox import Letter
from actors.core.requests import REQUESTS
from actors.core.ring import Ring
from actors.errors import Fault, PilotageError
from actors.gateway import discovery
from actors.gateway.auth.authorizer import Authorizer
from actors.gateway.exchange import BUSY, INTERNAL, Exchange
from actors.gateway.net.farewell import last_words
from actors.gateway.net.growth import Growth, give_back, resident
from actors.gateway.net.listener import Listening
from actors.gateway.net.peers import Peers
from actors.gateway.poller import Connections, Frames, PollerInbox
from actors.gateway.protocol import DRIVING, BadRequestError, Request, bad_frames, decode, too_large
from actors.gateway.reading.history import History
from actors.gateway.reading.read_plan import ReadPlans, plan_of
from actors.gateway.reading.reads import Reads
from actors.gateway.replies import acknowledged, refused
from actors.gateway.routes import Routes
from actors.gateway.sessions import Sessions
from actors.gateway.writes import Writes
from actors.messages import Alive, Done, Fresh, News, Probe, Query, Rewire, Route, Serve, Tell, Tick
from actors.outputs.together import Together

log = structlog.get_logger()


class Gateway(Child):
    """The only actor that clients talk to. Everything but `reply_to` runs in the actor's thread."""

    def __init__(
        self,
        bench: Bench,
        generation: int,
        *,
        parent: Tell,
        clock: Clock,
        bind: str,
        port: int,
        simulated: bool,
        together: Together | None = None,
        ring: Ring | None = None,
    ) -> None:
        super().__init__(GATEWAY, generation, parent, clock)
        self.bench, self._simulated = bench, simulated
        self._log = log.bind()  # a record below the level costs a tenth of what it does through structlog's lazy `log`
        self._box: PollerInbox = self.actor_inbox  # type: ignore[assignment]
        self._box.longest_standstill, self._box.most_body = bench.deadline, bench.limits.body
        self._box.clock, self._box.on_standstill = clock, lambda gap: log.warning(events.GATEWAY_STALLED, gap_s=round(gap, 2))
        self._authorizer = Authorizer(bench.access, clock)
        self._listening = Listening(bind, port, clock, self._authorizer)
        self._routes, self._plans = Routes(bench), ReadPlans()
        self._sessions = Sessions(self._box, clock, bench.limits, self.reply_to)
        self._reads = Reads(self._sessions, bench.frame_interval, bench.deadline, simulated=simulated)
        self._history = History(self._sessions, ring or Ring(clock), simulated=simulated)
        together = together or Together()
        self._clientele, self._growth = together.gateway, Growth(resident)
        self._writes = Writes(self._sessions, self._routes, bench.deadline, self._clientele, together)
        self._peers = Peers(self._clientele, clock, self._writes.client_lost, bench.limits, self._authorizer, self._box.lived)
        self._sessions.on_overrun, self._peers.on_displaced = self._peers.overrun, self._sessions.abandon
        self._sessions.on_abandoned = self._reads.forget, self._writes.withdraw, self._history.forget

    @staticmethod
    def _create_actor_inbox() -> Any:
        return PollerInbox()

    def begin(self) -> None:
        """Bind the port; raises PermanentError (`port_in_use`, `bad_bind`) when that cannot be done."""
        self._growth.begin()  # before anybody can send anything
        self._box.watched = self._listening.open(self._peers, first=self.generation == 1)
        self.serve(port=self._listening.port, endpoint=self._listening.endpoint)

    def reply_to(self, message: Any) -> None:
        """Put a child's message into the gateway's mailbox. Any thread; never raises, whatever state the gateway is in."""
        self._box.put(Letter(message))

    def handle(self, message: Any) -> None:
        """Serve one thing: a request, a child's answer, news, a deadline."""
        match message:
            case Frames():
                self._frames(message)
            case Done():
                self._answered(message)
            case News():
                known = self._routes.children.get(message.child)
                for exchange in list(known.waiters) if known is not None else ():  # None: config.py no longer has it
                    self._guarded(self._reads.news, exchange)
            case Fresh():
                self._history.news(partial(self._guarded, self._release))
            case Connections():
                self._peers.look_round()
                self._authorizer.look()
                self._history.ring.collect()
                self._box.look_again(self._growth.look(self._sessions.now(), strangers=self._peers.strangers > 0, alone=self._peers.alone))
            case _ if not isinstance(message, Tick):
                self._hear(message)
        for exchange in self._sessions.due():
            self._timed_out(exchange)

    def _hear(self, message: Any) -> None:
        """Take the supervisor's word."""
        match message:
            case Route():
                self._route(message)
            case Rewire():
                self._rewire(message.bench)
            case Serve():
                self._sessions.router = self._box.router = self._listening.router
                if self.generation == 1:  # everybody else has been started meanwhile
                    self._growth.begin()
            case Probe():
                message.reply(Alive(self.child, message.number))
            case _:
                log.error(events.INTERNAL_ERROR, actor=self.child, problem=f"unknown message {type(message).__name__}")

    def end(self) -> None:
        """Answer who still waits, then close the socket and everything below it."""
        self._sessions.router = self._listening.router
        last_words(self._sessions, self._peers, self._writes, self._box, self.cause)
        self._sessions.router, self._box.router, self._box.watched = None, None, ()
        self._peers.close()
        self._listening.close()
        give_back()
        self._box.close()

    def _frames(self, frames: Frames) -> None:
        now = self._sessions.now()
        if frames.identity not in self._sessions.clients and not frames.may_drive and self._peers.gone(frames):
            return
        client = self._sessions.client(frames, now)
        if not self._peers.may_speak(client, frames) and not frames.may_drive:
            return
        plan = self._plans.get(frames.body)
        if plan is not None and frames.count == 1 and not client.pending and not self._authorizer.shuts_out(frames):
            reply = self._reads.at_once(client, plan, now)
            if reply is not None:
                self._sessions.send(client, reply, delimiter=False)
                return
        delimited = frames.first == b""
        exchange = Exchange(client, delimited, now, now + self.bench.deadline)
        free = self._sessions.accept(exchange)
        if len(client.pending) > 1 and client.pending[-2].held:
            # A request that waits for news must not keep a later one waiting, so only the one before this can be waiting for any.
            self._guarded(self._release, client.pending[-2])
        if frames.count > 1 + delimited:
            self._sessions.settle(exchange, refused(bad_frames(frames.count)))
        elif frames.too_large:
            self._sessions.settle(exchange, refused(too_large(self._sessions.limits.body)))
        else:
            self._guarded(self._begin if free else self._refuse_as_busy, exchange, frames)

    def _refuse_as_busy(self, exchange: Exchange, frames: Frames) -> None:
        """Refuse one request too many; `off` is served all the same. Who asks one thing at a time gets the ERROR for each component."""
        alone = len(exchange.client.pending) == 1
        try:
            exchange.request = decode(frames.body, self._sessions.limits.components if alone else 0, self._sessions.limits.body)
        except BadRequestError as error:
            self._sessions.settle(exchange, refused(BUSY, error.id))
            return
        if exchange.request.type == "off":
            self._begin(exchange, frames)
        else:
            self._refuse(exchange, BUSY)

    def _begin(self, exchange: Exchange, frames: Frames) -> None:
        try:
            plan, limits = self._plans.get(frames.body), self._sessions.limits
            request = decode(frames.body, limits.components, limits.body) if plan is None else plan.request
        except BadRequestError as error:
            self._log.debug(events.REQUEST_REFUSED, error_code=error.code, reason=error.message, client=exchange.client.address)
            self._sessions.settle(exchange, refused(Fault.of(error), error.id))
            return
        exchange.request = request
        self._log.debug(events.REQUEST, type=request.type, client=exchange.client.address)
        if self._authorizer.limited and (fault := self._authorizer.refuses(frames, request.permission)) is not None:
            self._refuse(exchange, fault)
            return
        match REQUESTS[request.type].served:
            case "reads":
                exchange.plan = plan or self._plans.keep(frames.body, plan_of(request, self._routes.to_read))
                self._writes.send_held_back(exchange.plan.outputs)
                self._reads.start(exchange)
            case "writes" | "loop":
                exchange.connection = self._peers.driving(exchange.client, frames)
                self._writes.start(exchange, stale=frames.stale)
            case "off":
                self._writes.off(exchange)
            case "history":
                self._history.start(exchange, self._routes)
            case "discovery":
                mark = partial(self._peers.mark, exchange.client, frames)
                self._sessions.settle(exchange, discovery.answer(request, self._routes, self.bench, mark, simulated=self._simulated))
            case "supervisor":
                self._ask_supervisor(exchange, request)

    def _refuse(self, exchange: Exchange, fault: Fault) -> None:
        """Answer a well-formed request with `fault`; nothing is driven."""
        if exchange.request.type in DRIVING:
            self._writes.refuse_all(exchange, fault)
        else:
            self._sessions.settle(exchange, exchange.refusal(fault))

    def _release(self, exchange: Exchange) -> None:
        """Let a request that waits for news be answered with what there is."""
        if exchange.plan is not None:
            self._reads.release(exchange)
        else:
            self._history.finish(exchange, self._routes)

    def _ask_supervisor(self, exchange: Exchange, request: Request) -> None:
        kind = request.type
        extra = {"clients": self._sessions.clientele(self._authorizer.role), "access": self._peers.access()} if kind == "status" else {}
        self._sessions.timer(exchange.deadline, exchange)
        ticket = self._sessions.ticket(exchange)
        exchange.awaiting[ticket] = kind
        self._parent(Query(ticket, kind, {**request.arguments, **extra}, self.reply_to, exchange.deadline))

    def _answered(self, done: Done) -> None:
        exchange = self._sessions.awaiting(done.ticket)
        if exchange is None:
            return
        if exchange.plan is not None:
            self._guarded(self._reads.output_answered, exchange, exchange.awaiting.pop(done.ticket), done.result)
        elif exchange.drives:
            self._guarded(self._writes.answered, exchange, done.ticket, exchange.awaiting[done.ticket], done.result)
        else:
            reply = refused if isinstance(done.result, Fault) else acknowledged
            self._sessions.settle(exchange, reply(done.result, exchange.request.id))

    def _route(self, route: Route) -> None:
        known = self._routes.children.get(route.child)
        if known is None:
            return
        known.follow(route)
        for exchange in list(known.waiters):
            self._guarded(self._reads.route_changed, exchange, known)

    def _rewire(self, bench: Bench) -> None:
        """Serve another bench: who waits for a child that it still has goes on waiting; who waits for another one gets the reason."""
        former, self.bench = self._routes, bench
        self._routes = Routes(bench, former)
        self._plans.clear()
        if bench.access != self._authorizer.access:
            self._box.watched = self._listening.follow(bench.access, self._peers)
        self._clientele.keep([spec.id for spec in bench.outputs])
        self._box.longest_standstill, self._box.most_body = bench.deadline, bench.limits.body
        self._sessions.limits = self._peers.limits = bench.limits
        self._reads.rewire(bench.frame_interval, bench.deadline)
        self._writes.rewire(self._routes, bench.deadline)
        for client in self._sessions.clients.values():
            client.seen.clear()
        for known in self._routes.gone(former):
            fault = Fault("removed", "config.py no longer has it there")
            known.follow(Route(known.child, "stopped", fault, known.generation, None, None))
            for exchange in list(known.waiters):
                self._guarded(self._reads.route_changed, exchange, known)

    def _timed_out(self, exchange: Exchange) -> None:
        now = self._sessions.now()
        if exchange.held_until is not None:
            if exchange.held_until <= now:
                self._guarded(self._release, exchange)
        elif exchange.deadline <= now:
            self._guarded(self._late, exchange)

    def _late(self, exchange: Exchange) -> None:
        if exchange.plan is not None:
            self._reads.late(exchange)
        elif exchange.drives:
            self._writes.late(exchange)
        else:
            self._refuse(exchange, Fault("deadline", f"no answer within {self.bench.deadline:g} s"))

    def _guarded(self, serve: Callable[..., None], exchange: Exchange, *arguments: Any) -> None:
        """Run one step of serving `exchange`: a bug in it is recorded and answered, and harms nobody else."""
        try:
            serve(exchange, *arguments)
        except Exception as error:
            fault = Fault.of(error) if isinstance(error, PilotageError) else INTERNAL
            if fault is INTERNAL:
                log.exception(events.INTERNAL_ERROR, actor=self.child, problem=fault_of(error).message)
            self._reads.forget(exchange)
            self._writes.withdraw(exchange)
            self._sessions.settle(exchange, exchange.refusal(fault))
