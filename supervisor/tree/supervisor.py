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
from actors.messages import Alive, Condition, Died, Done, Probe, Query, Reload, Route, Serve, Shutdown, Started, Tick
from supervisor.exits import EX_SOFTWARE, EX_UNAVAILABLE
from supervisor.rig.rig import Rig
from supervisor.tree.children.interlock import Watch
from supervisor.tree.children.record import Record
from supervisor.tree.children.restart_policy import Event, is_due, started, step
from supervisor.tree.children.specs import child_specs, gateway_child, output_child
from supervisor.tree.children.state_log import report
from supervisor.tree.left_on import LeftOn, end_served, is_off
from supervisor.tree.progress import Progress
from supervisor.tree.queries import answer
from supervisor.tree.reconfigure import Rewiring
from supervisor.tree.shutdown import MakingSafe, stop_all
from supervisor.tree.watch.bus import BusWatch
from supervisor.tree.watch.hangs import LostThreads, Silence
from supervisor.tree.watch.heartbeat import ProofOfLife, RoundTrip

log = structlog.get_logger()

LOOK_EVERY: Final = 0.25
"""Seconds between looks at the heartbeats."""
OUTPUTS_FIRST: Final = 1.0
"""Seconds that the outputs get at start to report safe before the sensors are started all the same."""
SAFE_BOUND: Final = 1.0
STOP_BOUND: Final = 1.0
"""Bounds of the two stages of the end: outputs safe, then every actor stopped."""
_ENDING: Final = frozenset({"safe", "stop", "finished"})


class Supervisor(Child):
    """The root of the tree. Everything runs in the actor's thread."""

    def __init__(self, bench: Bench, rig: Rig, clock: Clock, *, bind: str, port: int, progress: Progress) -> None:
        super().__init__("supervisor", 1, lambda _message: None, clock)
        self.bench = bench
        self.rig = rig
        self.progress = progress
        progress.supervisor = self
        self.started_at = clock.monotonic()
        self.lost = LostThreads()
        self._stage, self._stage_until = "port", float("inf")
        self._safety = MakingSafe(self._tell_me)
        self._proof = ProofOfLife(clock)
        self._bus = BusWatch(rig.breaker, clock)
        self._silence = Silence(rig.breaker)
        self._round_trip = RoundTrip(self._attended, self._tell_gateway, self._tell_me, progress, clock)
        self.records: dict[str, Record] = {}
        self.retired: dict[str, Record] = {}
        self.left_on: dict[str, LeftOn] = {}
        self.watch = Watch(lambda: self.records, clock, simulated=rig.simulated)
        self.gateway = Record(gateway_child(lambda: self.bench, rig, clock, self._tell_me, bind, port, self.watch.clientele))
        specs = partial(child_specs, rig=rig, clock=clock, parent=self._tell_me, gateway=self._tell_gateway, watch=self.watch)
        self.records.update((spec.id, Record(spec)) for spec in specs(bench))
        alone = partial(output_child, rig=rig, clock=clock, parent=self._tell_me, gateway=lambda _read_back: None, watch=self.watch)
        self._rewiring = Rewiring(self, specs, alone)

    def begin(self) -> None:
        """Take the port first: a second daemon must fail before it touches an output."""
        self._launch(self.gateway)
        self._look_again()

    def handle(self, message: Any) -> None:
        """Follow the children's words, and the clock."""
        self._bus.listen()
        match message:
            case Tick():
                pass
            case Started():
                self._child_event(message.child, message.generation, Event.SERVED, detail=dict(message.detail))
            case Condition():
                event = Event.DEGRADED if message.fault else Event.WELL
                self._child_event(message.child, message.generation, event, message.fault)
            case Died():
                self._died(message)
            case Query():
                answer(self, message)
            case Done():
                self._safety.answered(message)
            case Probe() | Alive():
                self._round_trip.follow(message)
            case Reload():
                self._rewiring.ask(message.bench)
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
            self._lose(record, Event.LOST, fault_of(error), expected=False)
            return
        self._publish(record)

    def _launch_due(self) -> None:
        """Start what is due. On a bus that is down only a prober is; when the bus comes up, all that were lost to it are, at once."""
        prober = self._bus.follow(self._attended(), self._publish)
        if prober is not None:
            self._launch(prober)
        for record in self._startable():
            self._launch(record)

    def _attended(self) -> list[Record]:
        """Return whom this stage of the daemon's life watches, and starts when they are due."""
        match self._stage:
            case "port":
                return [self.gateway]
            case "outputs":
                return [self.gateway, *(record for record in self.records.values() if record.spec.kind != "sensor")]
            case "serving":
                return self.everybody()
            case _:
                return []

    def everybody(self) -> list[Record]:
        """Return every child there is."""
        return [self.gateway, *self.records.values(), *(one.record for one in self.left_on.values())]

    def _startable(self) -> list[Record]:
        down = self.rig.breaker.fault is not None
        waiting = [record for record in self._attended() if record.life.due is not None and not record.leaving]
        return [record for record in waiting if not (down and record.spec.on_bus)]

    def _child_event(
        self, child: str, generation: int, event: Event, fault: Fault | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        record = self._record(child, generation)
        if record is None or not record.life.alive:
            return
        if detail is not None:
            record.detail = detail
        record.life = step(record.life, event, self.clock.monotonic(), record.spec.policy, fault=fault)
        self._say(record)
        if record is self.gateway and event is Event.SERVED:
            self._gateway_serves()
        elif record.spec.id in self.left_on and event is Event.SERVED:
            end_served(self.left_on[record.spec.id])

    def _record(self, child: str, generation: int) -> Record | None:
        """Return the record of a child that is in this generation; of one that `config.py` no longer has, its last."""
        one = next((one for one in self.everybody() if one.spec.id == child), None)
        record = one if one is not None else self.retired.get(child)
        return record if record is not None and record.life.generation == generation else None

    def _died(self, died: Died) -> None:
        self._back(died.child, died.generation)
        record = self._record(died.child, died.generation)
        if record is not None and record.life.alive:
            self._lose(record, Event.LOST, died.fault, expected=died.expected)

    def _back(self, child: str, generation: int) -> None:
        """Note that a lost thread is back, or at its end: its child may be started again."""
        record = self._record(child, generation)
        if self.lost.back(child, generation) and record is not None and record.life.blocked:
            record.life = step(record.life, Event.RETURNED, self.clock.monotonic(), record.spec.policy)

    def _lose(self, record: Record, event: Event, fault: Fault, *, expected: bool) -> None:
        now = self.clock.monotonic()
        if record.running is not None:
            record.running.revoke()
        fault = self._bus.cause(record, fault)
        too_many = self.lost.add(record, event, fault)
        off = record.spec.id in self.left_on and is_off(self.left_on[record.spec.id])
        record.running = None
        jitter = random.uniform(-1.0, 1.0)  # noqa: S311 - spreads restarts, protects nothing
        record.life = step(record.life, event, now, record.spec.policy, fault=fault, jitter=jitter)
        if self._stage in _ENDING:
            return
        if record is self.gateway and self._stage == "port":
            self._fail(EX_UNAVAILABLE, fault.message)
            return
        if off:
            del self.left_on[record.spec.id]
            self.progress.left_on = tuple(one.spec for one in self.left_on.values())
            self.progress.wake()
        elif not record.leaving:
            self._say(record, crashed=not expected)
        if too_many is not None:
            self._fail(EX_SOFTWARE, too_many)

    def _advance(self) -> None:
        now = self.clock.monotonic()
        for record, event, fault in self._silence.of(self._attended(), now):
            self._lose(record, event, fault, expected=fault.code != "vanished")
        for child, generation in self.lost.ended():
            self._back(child, generation)
        self._launch_due()
        self._proof.give(self._attended())
        if self._stage == "serving":
            self._rewiring.advance(self._publish, self._tell_gateway)
        if self._stage == "outputs" and (self._outputs_reported() or now >= self._stage_until):
            self._serve()
        elif self._stage == "safe" and (self._safety.done or now >= self._stage_until):
            self._stop_children()
        elif self._stage == "stop" and (not self._alive() or now >= self._stage_until):
            self._enter("finished", float("inf"))
            self.progress.orderly = not self._alive() and not len(self.lost)
            self.progress.finished.set()
            self.stop()

    def _gateway_serves(self) -> None:
        self.progress.port = int(self.gateway.detail["port"])
        if self._stage == "port":
            self._enter("outputs", OUTPUTS_FIRST)
            self._launch_due()
        elif self._stage == "serving":
            self._introduce()

    def _outputs_reported(self) -> bool:
        return all(
            record.life.serving_since is not None or record.life.fault is not None
            for record in self.records.values()
            if record.spec.kind != "sensor"
        )

    def _serve(self) -> None:
        self._enter("serving", float("inf"))
        for record in self.records.values():
            self._launch(record)
        self._introduce()

    def _introduce(self) -> None:
        """Tell a gateway, the first or a new one, where everybody is, and let it answer."""
        for record in self.records.values():
            self._publish(record)
        self._tell_gateway(Serve())
        self._tell_gateway(Probe(1, self._tell_me))

    def _say(self, record: Record, *, crashed: bool = False) -> None:
        """Tell the log and the gateway of a change of `record`; of an output that is in no bench any more both know enough."""
        if record.spec.id not in self.left_on:
            report(record, self.clock.monotonic(), crashed=crashed)
            self._publish(record)

    def _publish(self, record: Record) -> None:
        if record is self.gateway or record.spec.id in self.left_on:
            return
        running, life = record.running, record.life
        tell, cell = (running.tell, running.cell) if running is not None else (None, None)
        route = Route(record.spec.id, life.state, life.fault, life.generation, tell, cell)
        self._tell_gateway(route)
        self.watch.routed(route)

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
        self._safety.order(self.everybody())

    def _stop_children(self) -> None:
        self._enter("stop", STOP_BOUND)
        stop_all(self.everybody())

    def _alive(self) -> bool:
        return any(record.running is not None for record in self.everybody())

    def retry(self, child: str) -> str:
        """Start `child` at once if it is down, whatever its back-off; return its state."""
        record = self.records[child]
        record.life = step(record.life, Event.RETRY, self.clock.monotonic(), record.spec.policy)
        self._launch(record)
        return record.life.state

    def _tell_me(self, message: Any) -> None:
        """Put a child's word into the supervisor's mailbox. Any thread."""
        inbox: Any = self.actor_inbox
        inbox.put(Letter(message))

    def _tell_gateway(self, message: Any) -> None:
        """Reach whichever gateway there is now. Any thread."""
        running = self.gateway.running
        if running is not None:
            running.tell(message)

    def _look_again(self) -> None:
        now = self.clock.monotonic()
        due = [record.life.due or 0.0 for record in self._startable() if not record.life.blocked]
        self.wake_at(min([now + LOOK_EVERY, self._stage_until, *(max(when, now + 0.001) for when in due)]))
