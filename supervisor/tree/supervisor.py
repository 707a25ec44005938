"""The supervisor actor: starts the children in order, notices every way to lose one, starts it again, ends them all outputs first.

It never does I/O itself: what it decides is `supervisor.tree.children.restart_policy`, a pure function.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any, Final

import structlog

from actors.bench.devices import Bench
from actors.core import events
from actors.core.actor import Child, fault_of
from actors.core.clock import Clock
from actors.core.mailbox import Letter
from actors.errors import Fault
from actors.messages import Alive, Condition, Died, Done, Probe, Query, Reload, Serve, Shutdown, Started, Tick
from supervisor.exits import EX_SOFTWARE, EX_UNAVAILABLE
from supervisor.rig.rig import Rig
from supervisor.tree.children.interlock import Watch
from supervisor.tree.children.record import Record, route_of
from supervisor.tree.children.restart_policy import Happening, is_due, started
from supervisor.tree.children.specs import child_specs, gateway_child, output_child
from supervisor.tree.children.state_log import change
from supervisor.tree.left_on import end_served, is_off
from supervisor.tree.progress import Progress
from supervisor.tree.queries import answer
from supervisor.tree.reconfigure import Reconfiguration
from supervisor.tree.shutdown import MakingSafe, stop_all
from supervisor.tree.state import State
from supervisor.tree.watch.bus import BusesWatch
from supervisor.tree.watch.hangs import Silence
from supervisor.tree.watch.heartbeat import ProofOfLife, RoundTrip

log = structlog.get_logger()

LOOK_EVERY: Final = 0.25
"""Seconds between looks at the heartbeats."""
OUTPUTS_FIRST: Final = 1.0
"""Seconds that the outputs get at start to report safe before the sensors are started all the same."""
SAFE_BOUND: Final = 1.0
STOP_BOUND: Final = 1.0
"""Bounds of the two stages of the end: outputs safe, then every actor stopped."""
_LATER: Final = frozenset({"sensor", "leco"})
"""Kinds of children that are started when the outputs are safe."""
_ENDING: Final = frozenset({"safe", "stop", "finished"})


class Supervisor(Child):
    """The root of the tree. Everything runs in the actor's thread."""

    def __init__(self, bench: Bench, rig: Rig, clock: Clock, *, bind: str, port: int, progress: Progress) -> None:
        super().__init__("supervisor", 1, lambda _message: None, clock)
        self.progress = progress
        watch = Watch(lambda: self.state.records, clock, simulated=rig.simulated)
        gateway = gateway_child(lambda: self.state.bench, rig, clock, self.tell, bind, port, watch)
        self.state = progress.state = State(bench, rig, clock, clock.monotonic(), watch, Record(gateway))
        specs = partial(child_specs, rig=rig, clock=clock, parent=self.tell, gateway=self._tell_gateway, watch=watch)
        alone = partial(output_child, rig=rig, clock=clock, parent=self.tell, gateway=lambda _read_back: None, watch=watch)
        self.state.records = {spec.id: Record(spec) for spec in specs(bench)}
        self._reconfiguration = Reconfiguration(self.state, progress, specs, alone)
        self._stage, self._stage_until = "port", float("inf")
        self._safety = MakingSafe(self.tell)
        self._proof = ProofOfLife(clock)
        self._bus = BusesWatch(rig.breakers, clock)
        self._silence = Silence()
        self._round_trip = RoundTrip(self._attended, self._tell_gateway, self.tell, progress, clock)

    def begin(self) -> None:
        """Take the port first: a second daemon must fail before it touches an output."""
        self._launch(self.state.gateway)
        self._look_again()

    def handle(self, message: Any) -> None:
        """Follow the children's words, and the clock."""
        self._bus.listen()
        match message:
            case Tick():
                pass
            case Started():
                self._child_event(message.child, message.generation, Happening.SERVED, detail=dict(message.detail))
            case Condition():
                event = Happening.DEGRADED if message.fault else Happening.WELL
                self._child_event(message.child, message.generation, event, message.fault)
            case Died():
                self._died(message)
            case Query():
                answer(self.state, message, self._retry)
            case Done():
                self._safety.answered(message)
            case Probe() | Alive():
                self._round_trip.follow(message)
            case Reload():
                self._reconfiguration.ask(message.bench)
            case Shutdown():
                self._begin_end(message.reason)
            case _:
                log.error(events.INTERNAL_ERROR, actor=self.child, problem=f"unknown message {type(message).__name__}")
        self._advance()
        self._look_again()

    def _launch(self, record: Record) -> None:
        """Start `record`'s child if it is due."""
        if self._stage in _ENDING or record.leaving or not is_due(record.life, self.clock.monotonic()):
            return
        record.life = started(record.life)
        try:
            record.running = record.spec.start(record.life.generation)
        except BaseException as error:  # noqa: BLE001 - a constructor that fails, in whatever way, is one of the ways to lose a child
            self._lose(record, Happening.LOST, fault_of(error), expected=False)
            return
        self._publish(record)

    def _launch_due(self) -> None:
        """Start what is due. On a bus that is down only a prober is; when the bus comes up, all that were lost to it are, at once."""
        for prober in self._bus.follow(self._attended(), self._publish):
            self._launch(prober)
        for record in self._startable():
            self._launch(record)

    def _attended(self) -> list[Record]:
        """Return whom this stage of the daemon's life watches, and starts when they are due."""
        match self._stage:
            case "port":
                return [self.state.gateway]
            case "outputs":
                return [self.state.gateway, *(record for record in self.state.records.values() if record.spec.kind not in _LATER)]
            case "serving":
                return self.state.everybody()
            case _:
                return []

    def _startable(self) -> list[Record]:
        waiting = [record for record in self._attended() if record.life.due is not None and not record.leaving]
        return [record for record in waiting if record.spec.line is None or record.spec.line.down is None]

    def _child_event(
        self, child: str, generation: int, event: Happening, fault: Fault | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        record = self.state.record(child, generation)
        if record is None or not record.life.alive:
            return
        if detail is not None:
            record.detail = detail
        change(record, event, self.clock.monotonic(), fault)
        self._publish(record)
        if record is self.state.gateway and event is Happening.SERVED:
            self._gateway_serves()
        elif record.spec.id in self.state.left_on and event is Happening.SERVED:
            end_served(self.state.left_on[record.spec.id])

    def _died(self, died: Died) -> None:
        self._back(died.child, died.generation)
        record = self.state.record(died.child, died.generation)
        if record is not None and record.life.alive:
            self._lose(record, Happening.LOST, died.fault, expected=died.expected)

    def _back(self, child: str, generation: int) -> None:
        """Note that a lost thread is back, or at its end: its child may be started again."""
        record = self.state.record(child, generation)
        if self.state.lost.back(child, generation) and record is not None and record.life.blocked:
            change(record, Happening.RETURNED, self.clock.monotonic())

    def _lose(self, record: Record, event: Happening, fault: Fault, *, expected: bool) -> None:
        if record.running is not None:
            record.running.revoke()
        fault = self._bus.cause(record, fault)
        too_many = self.state.lost.add(record, event, fault)
        one = self.state.left_on.get(record.spec.id)
        off = one is not None and is_off(one)
        record.ended()
        jitter = random.uniform(-1.0, 1.0)  # noqa: S311 - spreads restarts, protects nothing
        first = record is self.state.gateway and self._stage == "port"
        record.leaving = record.leaving or first or self._stage in _ENDING
        change(record, event, self.clock.monotonic(), fault, jitter=jitter, crashed=not expected)
        if self._stage in _ENDING:
            return
        if first:
            self._fail(EX_UNAVAILABLE, fault.message)
            return
        if off:
            self._forget(record)
        elif not record.leaving:
            self._publish(record)
        if too_many is not None:
            self._fail(EX_SOFTWARE, too_many)

    def _forget(self, record: Record) -> None:
        """Let go of an output that is in no bench any more, and is off."""
        self.state.left_on = {child: one for child, one in self.state.left_on.items() if one.record is not record}
        self.progress.left_on = tuple(one.spec for one in self.state.left_on.values())
        self.progress.wake()

    def _advance(self) -> None:
        now = self.clock.monotonic()
        for record, event, fault in self._silence.of(self._attended(), now):
            self._lose(record, event, fault, expected=fault.code != "vanished")
        for child, generation in self.state.lost.ended():
            self._back(child, generation)
        self._launch_due()
        self._proof.give(self._attended())
        if self._stage == "serving":
            self._reconfiguration.advance(self._publish, self._tell_gateway)
        if self._stage == "outputs" and (self._outputs_reported() or now >= self._stage_until):
            self._serve()
        elif self._stage == "safe" and (self._safety.done or now >= self._stage_until):
            self._stop_children()
        elif self._stage == "stop" and (not self._alive() or now >= self._stage_until):
            self._enter("finished", float("inf"))
            self.progress.orderly = not self._alive() and not len(self.state.lost)
            self.progress.finished.set()
            self.stop()

    def _gateway_serves(self) -> None:
        self.progress.port = int(self.state.gateway.detail["port"])
        if self._stage == "port":
            self._enter("outputs", OUTPUTS_FIRST)
            self._launch_due()
        elif self._stage == "serving":
            self._introduce()

    def _outputs_reported(self) -> bool:
        return all(
            record.life.serving_since is not None or record.life.fault is not None
            for record in self.state.records.values()
            if record.spec.kind not in _LATER
        )

    def _serve(self) -> None:
        self._enter("serving", float("inf"))
        for record in self.state.records.values():
            self._launch(record)
        self._introduce()

    def _introduce(self) -> None:
        """Tell a gateway, the first or a new one, where everybody is, and let it answer."""
        for record in self.state.records.values():
            self._publish(record)
        self._tell_gateway(Serve())
        self._tell_gateway(Probe(1, self.tell))

    def _publish(self, record: Record) -> None:
        if record is self.state.gateway or record.silent:
            return
        route = route_of(record)
        self._tell_gateway(route)
        self.state.watch.routed(route)

    def _enter(self, stage: str, bound: float) -> None:
        self._stage = stage
        self._stage_until = self.clock.monotonic() + bound

    def _fail(self, code: int, reason: str) -> None:
        if self.progress.failure is None:
            self.progress.exit_code, self.progress.failure = code, reason
            self._begin_end(reason)

    def _begin_end(self, reason: str) -> None:
        """Make every output safe, ahead of anything queued; the stage ends when all have answered, or with its bound."""
        if self._stage in _ENDING:
            return
        self.progress.ending.set()
        if self._stage != "port":  # before that nothing was touched, and nothing has to be made safe
            log.info(events.DAEMON_STOPPING, reason=reason)
        self._enter("safe", SAFE_BOUND)
        self._safety.order(self.state.everybody())

    def _stop_children(self) -> None:
        self._enter("stop", STOP_BOUND)
        stop_all(self.state.everybody())

    def _alive(self) -> bool:
        return any(record.running is not None for record in self.state.everybody())

    def _retry(self, record: Record) -> None:
        """Start a child at once if it is down, whatever its back-off."""
        change(record, Happening.RETRY, self.clock.monotonic())
        self._launch(record)

    def tell(self, message: Any) -> None:
        """Put a child's word into the supervisor's mailbox. Any thread."""
        inbox: Any = self.actor_inbox
        inbox.put(Letter(message))

    def _tell_gateway(self, message: Any) -> None:
        """Reach whichever gateway there is now. Any thread."""
        running = self.state.gateway.running
        if running is not None:
            running.tell(message)

    def _look_again(self) -> None:
        now = self.clock.monotonic()
        due = [record.life.due or 0.0 for record in self._startable() if not record.life.blocked]
        self.wake_at(min([now + LOOK_EVERY, self._stage_until, *(max(when, now + 0.001) for when in due)]))
