"""Follows the one bus: says once that it went down or came up, picks the prober, and brings its children back with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from actors.core.clock import Clock
from actors.errors import Fault
from actors.hardware.i2c.breaker import BUS_CODES, Breaker
from supervisor.tree.children.record import Record
from supervisor.tree.children.restart_policy import Event
from supervisor.tree.children.state_log import change, report_bus


class BusWatch:
    """Belongs to the supervisor's thread."""

    def __init__(self, breaker: Breaker, clock: Clock) -> None:
        self._breaker = breaker
        self._clock = clock
        self._came_up = False

    def listen(self) -> None:
        """Record what has become of the bus; called before anything that is its consequence is recorded."""
        self._came_up |= report_bus(self._breaker)

    def follow(self, records: Iterable[Record], publish: Callable[[Record], None]) -> Record | None:
        """Clear the back-off of every child that was lost to a bus that is up again; return the child that is to probe one that is down.

        A child whose own time-out or hang was the bus's shows the bus's fault, and `publish` is called for it. The chip that held
        the bus, while the others waited behind it, is tried again after the longest back-off only: each try costs them the bus.
        """
        self.listen()
        now = self._clock.monotonic()
        on_bus = [record for record in records if record.spec.on_bus and not record.life.alive]
        if self._came_up and self._breaker.fault is None:
            self._came_up = False
            culprit = self._breaker.culprit()
            for record in on_bus:
                if record.life.fault is None or record.life.fault.code not in BUS_CODES | {"bus_timeout"}:
                    continue
                if culprit is not None and record.spec.where == f"0x{culprit:02X}":
                    fault = Fault("hung", f"a transfer with {record.spec.where} did not come back in time and held the whole bus")
                    change(record, Event.CULPRIT, now, fault)
                    publish(record)
                else:
                    change(record, Event.RETRY, now)
        self._blame_the_bus(on_bus, publish)
        candidates = [record for record in on_bus if not record.life.blocked and not record.leaving]
        if not candidates or not self._breaker.probe_due(now):
            return None
        prober = min(candidates, key=lambda record: record.life.generation)
        change(prober, Event.RETRY, now)
        return prober

    def cause(self, record: Record, fault: Fault) -> Fault:
        """Return what a child is lost to: its bus where that is stuck, and not its own time-out or hang."""
        stuck = self._breaker.fault
        if stuck is None or stuck.code != "bus_stuck" or not record.spec.on_bus or fault.code not in {"bus_timeout", "hung"}:
            return fault
        return Fault.of(stuck)

    def _blame_the_bus(self, lost: Iterable[Record], publish: Callable[[Record], None]) -> None:
        for record in lost:
            before = record.life.fault
            if before is not None and (fault := self.cause(record, before)) is not before:
                change(record, Event.BLAMED, self._clock.monotonic(), fault)
                publish(record)
