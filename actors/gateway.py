"""The gateway actor: JSON requests in, messages to the children, answers out, in order per client.

Its mailbox is the poller (`actors.poller`): one thread owns the ROUTER, its letters and every deadline, and waits for nobody.
"""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass
from typing import Any, Final

import structlog
import zmq

from actors import events
from actors.catalogue import describe, scan
from actors.child import Child, fault_of
from actors.clock import Clock
from actors.dialogue import Client, Exchange, Plan, plan_of
from actors.driving import Commander
from actors.errors import Fault, PermanentError, PilotageError
from actors.inbox import Letter
from actors.messages import Alive, Done, News, Probe, Query, Route, Serve, Tell, Tick
from actors.poller import Frames, PollerInbox
from actors.ports import Directory
from actors.protocol import DRIVING, READING, BadRequestError, Request, acknowledged, decode, refused
from actors.reading import Reader
from actors.specs import Bench

log = structlog.get_logger()

BIND_PATIENCE: Final = 1.2
"""Seconds to go on trying to bind: after a restart of this actor the port was seen taken for up to 26 ms, another owner keeps it."""
MAX_PLANS: Final = 512
"""Reading requests kept decoded: a client's live grab sends the same bytes again and again."""
MAX_PLAN_BODY: Final = 8192
"""Bytes above which a request is not kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no client can push the daemon over."""

    components: int = 256
    pending_per_client: int = 256
    pending: int = 4096
    clients: int = 1024


class Gateway(Child):
    """The only actor that clients talk to. Everything but `reply_to` runs in the actor's thread."""

    def __init__(
        self, bench: Bench, generation: int, *, parent: Tell, clock: Clock, bind: str, port: int, simulated: bool, limits: Limits | None = None
    ) -> None:
        super().__init__("gateway", generation, parent, clock)
        self.bench = bench
        self._endpoint = f"tcp://{f'[{bind}]' if ':' in bind else bind}"
        self._port = port
        self._simulated = simulated
        self._limits = limits or Limits()
        self._box: PollerInbox = self.actor_inbox  # type: ignore[assignment]
        self._box.clock = clock
        self._box.longest_standstill = bench.deadline
        self._box.on_standstill = self._stood_still
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._router: zmq.Socket[bytes] | None = None
        self._directory = Directory(bench)
        self._clients: dict[bytes, Client] = {}
        self._plans: dict[bytes, Plan] = {}
        self._tickets: dict[int, Exchange] = {}
        self._numbers = itertools.count(1)
        self._timers: list[tuple[float, int, Exchange]] = []
        self._pending = 0
        self._reader = Reader(self, bench.frame_interval, bench.deadline, simulated=simulated)
        self._commander = Commander(self, self._directory, bench.deadline)

    @staticmethod
    def _create_actor_inbox() -> Any:
        return PollerInbox()

    def begin(self) -> None:
        """Bind the port; raises PermanentError (`port_in_use`, `bad_bind`) when that cannot be done."""
        self._context = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, 4096)
        router = self._context.socket(zmq.ROUTER)
        for option, value in _options().items():
            router.setsockopt(option, value)
        if ":" in self._endpoint.removeprefix("tcp://"):
            router.setsockopt(zmq.IPV6, 1)
        self._router = router
        self._bind(router)
        self.serve(port=self._port)

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
                for exchange in list(self._directory.children[message.child].waiters):
                    self._guarded(self._reader.news, exchange)
            case Tick():
                pass
            case Route():
                self._route(message)
            case Serve():
                self._box.router = self._router
            case Probe():
                message.reply(Alive(self.child, message.number))
            case _:
                log.error(events.INTERNAL_ERROR, actor=self.child, problem=f"unknown message {type(message).__name__}")
        self._run_timers()

    def end(self) -> None:
        """Close the socket and everything below it."""
        self._box.router = None
        if self._context is not None:
            self._context.destroy(linger=0)
        self._box.close()

    # What the reading and the driving half use (actors.dialogue.Desk).

    def now(self) -> float:
        """Return monotonic seconds."""
        return self.clock.monotonic()

    def wall(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def ticket(self, exchange: Exchange) -> int:
        """Return a new number under which an answer will come for `exchange`."""
        number = next(self._numbers)
        self._tickets[number] = exchange
        return number

    def forget(self, ticket: int) -> None:
        """Expect no answer under `ticket` any more."""
        self._tickets.pop(ticket, None)

    def timer(self, when: float, exchange: Exchange) -> None:
        """Have `exchange` looked at again at `when` (monotonic)."""
        heapq.heappush(self._timers, (when, next(self._numbers), exchange))
        self._box.wake_at = self._timers[0][0]

    def settle(self, exchange: Exchange, reply: bytes) -> None:
        """Hand over the reply of `exchange`; it leaves when everything this client asked before has been answered."""
        if exchange.reply is not None:
            return
        exchange.reply = reply
        pending = exchange.client.pending
        while pending and pending[0].reply is not None:
            done = pending.popleft()
            self._pending -= 1
            self._send(done.client, done.reply or b"", delimiter=done.delimiter)

    # Frames from clients.

    def _frames(self, frames: Frames) -> None:
        now = self.now()
        client = self._clients.get(frames.identity) or self._newcomer(frames, now)
        client.last_seen = now
        client.requests += 1
        middle = frames.middle
        if not middle:
            delimiter = False
            plan = self._plans.get(frames.body)
            if plan is not None and not client.pending:
                reply = self._reader.at_once(client, plan, now)
                if reply is not None:
                    client.last_reply = now
                    self._send(client, reply, delimiter=False)
                    return
        else:
            delimiter = middle[0] == b""
        exchange = Exchange(client, delimiter, now, now + self.bench.deadline)
        if len(client.pending) >= self._limits.pending_per_client or self._pending >= self._limits.pending:
            self._accept(exchange)
            self.settle(exchange, refused(Fault("busy", "too many requests are waiting for their answers already")))
            return
        self._accept(exchange)
        if middle and middle != [b""]:
            text = f"a request is one frame (or an empty one and one), not {len(middle) + 1}"
            self.settle(exchange, refused(Fault("bad_frames", text)))
            return
        self._guarded(self._begin, exchange, frames)

    def _accept(self, exchange: Exchange) -> None:
        """Queue `exchange`; an earlier request that waits for news must not keep a later one waiting."""
        client = exchange.client
        client.pending.append(exchange)
        self._pending += 1
        if len(client.pending) > 1:
            for earlier in list(client.pending):
                if earlier.held:
                    self._guarded(self._reader.release, earlier)

    def _begin(self, exchange: Exchange, frames: Frames) -> None:
        try:
            plan = self._plans.get(frames.body)
            request = decode(frames.body, self._limits.components) if plan is None else plan.request
        except BadRequestError as error:
            log.debug(events.REQUEST_REFUSED, error_code=error.code, reason=error.message, client=exchange.client.address)
            self.settle(exchange, refused(Fault.of(error), error.id))
            return
        exchange.request = request
        log.debug(events.REQUEST, type=request.type, client=exchange.client.address)
        if request.type in READING:
            exchange.plan = plan or self._planned(frames.body, request)
            self._reader.start(exchange)
        elif request.type in DRIVING:
            if frames.stale:
                text = "not applied: the daemon stood still, and the command may be older than its deadline"
                self._commander.refuse_all(exchange, Fault("expired", text))
            else:
                self._commander.start(exchange)
        else:
            self._other(exchange, request)

    def _planned(self, body: bytes, request: Request) -> Plan:
        plan = plan_of(request, self._directory.to_read)
        if len(body) <= MAX_PLAN_BODY and request.id is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            self._plans[body] = plan
        return plan

    def _other(self, exchange: Exchange, request: Request) -> None:
        match request.type:
            case "scan":
                lists = scan(self._directory, simulated=self._simulated)
                self.settle(exchange, acknowledged(lists, request.id, **lists))
            case "describe":
                self.settle(exchange, acknowledged(describe(self._directory, self.bench, simulated=self._simulated), request.id))
            case "off":
                self._commander.off(exchange)
            case kind:
                exchange.deadline = self.now() + self.bench.deadline
                self.timer(exchange.deadline, exchange)
                ticket = self.ticket(exchange)
                exchange.awaiting[ticket] = kind
                self._parent(Query(ticket, kind, {**request.arguments, **self._clientele(kind)}, self.reply_to))

    def _clientele(self, kind: str) -> dict[str, Any]:
        if kind != "status":
            return {}
        now = self.now()
        clients = [
            {"address": client.address, "connected_s": round(now - client.since, 1), "idle_s": round(now - client.last_seen, 1), "requests": client.requests}
            for client in self._clients.values()
        ]
        return {"clients": clients}

    def _newcomer(self, frames: Frames, now: float) -> Client:
        if len(self._clients) >= self._limits.clients:
            idle = [client for client in self._clients.values() if not client.pending]
            if idle:
                del self._clients[min(idle, key=lambda client: client.last_seen).identity]
        try:
            address = str(frames.last.get("Peer-Address"))
        except zmq.ZMQError:
            address = "unknown"
        client = Client(frames.identity, address, now, now)
        self._clients[frames.identity] = client
        return client

    def _send(self, client: Client, reply: bytes, *, delimiter: bool) -> None:
        client.last_reply = self.now()
        if self._router is None:
            return
        parts = [client.identity, b"", reply] if delimiter else [client.identity, reply]
        try:
            self._router.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            log.warning(events.REPLY_DROPPED, client=client.address, reason="the client does not read its answers")
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            log.debug(events.REPLY_DROPPED, client=client.address, reason="the client has gone")

    # Words from the children and the supervisor.

    def _answered(self, done: Done) -> None:
        exchange = self._tickets.pop(done.ticket, None)
        if exchange is None or exchange.reply is not None or done.ticket not in exchange.awaiting:
            return
        if exchange.plan is not None:
            self._guarded(self._reader.output_answered, exchange, exchange.awaiting.pop(done.ticket), done.result)
            return
        request = exchange.request
        if request is not None and (request.type in DRIVING or request.type == "off"):
            self._guarded(self._commander.answered, exchange, done.ticket, exchange.awaiting[done.ticket], done.result)
            return
        request_id = request.id if request is not None else None
        result = done.result
        self.settle(exchange, refused(result, request_id) if isinstance(result, Fault) else acknowledged(result, request_id))

    def _route(self, route: Route) -> None:
        port = self._directory.children.get(route.child)
        if port is None:
            return
        port.follow(route)
        for exchange in list(port.waiters):
            self._guarded(self._reader.route_changed, exchange, port)

    def _run_timers(self) -> None:
        now = self.now()
        timers = self._timers
        while timers and (timers[0][0] <= now or timers[0][2].reply is not None):
            exchange = heapq.heappop(timers)[2]
            if exchange.reply is not None:
                continue
            if exchange.held:
                if exchange.held_until is not None and exchange.held_until <= now:
                    self._guarded(self._reader.release, exchange)
            elif exchange.deadline <= now:
                self._guarded(self._late, exchange)
        self._box.wake_at = timers[0][0] if timers else None

    def _late(self, exchange: Exchange) -> None:
        for ticket in exchange.awaiting:
            self._tickets.pop(ticket, None)
        request = exchange.request
        if exchange.plan is not None:
            self._reader.late(exchange)
        elif request is not None and (request.type in DRIVING or request.type == "off"):
            self._commander.late(exchange)
        else:
            fault = Fault("deadline", f"no answer within {self.bench.deadline:g} s")
            self.settle(exchange, refused(fault, request.id if request is not None else None))

    def _stood_still(self, gap: float) -> None:
        log.warning(events.GATEWAY_STALLED, gap_s=round(gap, 2))

    def _guarded(self, serve: Any, exchange: Exchange, *arguments: Any) -> None:
        """Run one step of serving `exchange`: a bug in it is recorded and answered, and harms nobody else."""
        try:
            serve(*(exchange, *arguments))
        except PilotageError as error:
            self.settle(exchange, refused(Fault.of(error)))
        except Exception as error:  # noqa: BLE001 - one request must not end the gateway for every client
            log.error(events.INTERNAL_ERROR, actor=self.child, problem=fault_of(error).message, exc_info=True)
            self.settle(exchange, refused(Fault("internal_error", "the daemon failed on this request; its log says where")))

    def _bind(self, router: zmq.Socket[bytes]) -> None:
        """Bind, for a while also against a port that is taken: a gateway that was just replaced gives it back a little late."""
        until = self.clock.monotonic() + BIND_PATIENCE
        while True:
            try:
                if self._port == 0:
                    self._port = router.bind_to_random_port(self._endpoint)
                else:
                    router.bind(f"{self._endpoint}:{self._port}")
            except zmq.ZMQError as error:
                if error.errno != zmq.EADDRINUSE:
                    text = f"cannot listen on {self._endpoint}:{self._port}: {error.strerror}"
                    raise PermanentError("bad_bind", text, error.errno) from error
                if self.clock.monotonic() >= until:
                    text = f"port {self._port} is in use: another daemon is running, or another program has taken it"
                    raise PermanentError("port_in_use", text, error.errno) from error
                self.clock.sleep(0.02)
            else:
                log.info(events.GATEWAY_BOUND, endpoint=f"{self._endpoint}:{self._port}")
                return


def _options() -> dict[int, int]:
    """Return the ROUTER's options: each answers an attack or a fault that was tried against the default."""
    return {
        zmq.ROUTER_HANDOVER: 1,  # a client that comes back after a cable pull with its old identity is served at once
        zmq.ROUTER_MANDATORY: 1,  # with NOBLOCK: a client that does not read is an error we see, not memory
        zmq.MAXMSGSIZE: 4 * 1024 * 1024,
        zmq.SNDHWM: 100,
        zmq.RCVHWM: 100,
        zmq.LINGER: 0,
        zmq.HANDSHAKE_IVL: 2000,  # ms: silent TCP connections are dropped
        zmq.HEARTBEAT_IVL: 5000,
        zmq.HEARTBEAT_TIMEOUT: 15000,
        zmq.TCP_KEEPALIVE: 1,
    }
