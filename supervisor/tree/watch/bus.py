"""Follows the buses: says once that one went down or came up, picks its prober, and brings its children back with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from actors.core.clock import Clock
from actors.errors import Fault
from actors.hardware.i2c.breaker import BUS_CODES, Breaker
from actors.hardware.i2c.breakers import Breakers
from supervisor.tree.children.record import Record
from supervisor.tree.children.restart_policy import Happening
from supervisor.tree.children.state_log import change, report_bus


class BusesWatch:
    """All of them: root adapters, multiplexers and channels. Belongs to the supervisor's thread."""

    def __init__(self, breakers: Breakers, clock: Clock) -> None:
        self._breakers = breakers
        self._clock = clock
        self._watches: dict[Breaker, BusWatch] = {}

    def listen(self) -> None:
        """Record what has become of each, roots first; called before anything that is its consequence is recorded."""
        for watch in self._each():
            watch.listen()

    def follow(self, records: Iterable[Record], publish: Callable[[Record], None]) -> list[Record]:
        """Bring back the children of every bus that is up again; return who is to probe one that is down."""
        lost = [record for record in records if record.spec.on_bus and not record.life.alive]
        found = [watch.follow(lost, publish) for watch in self._each()]
        return [*{prober.spec.id: prober for prober in found if prober is not None}.values()]

    def cause(self, record: Record, fault: Fault) -> Fault:
        """Return what a child is lost to: a bus of its own that is stuck, and not its own time-out or hang."""
        line = record.spec.line
        down = None if line is None else line.down
        if down is None or down.code != "bus_stuck" or fault.code not in {"bus_timeout", "hung"}:
            return fault
        return Fault.of(down)

    def _each(self) -> list[BusWatch]:
        if self._watches.keys() != set(self._breakers.all):
            self._watches = {
                breaker: self._watches.get(breaker) or BusWatch(breaker, self._clock, self.cause) for breaker in self._breakers.all
            }
        return [*self._watches.values()]


class BusWatch:
    """One of them. `cause` tells what a child is lost to. Belongs to the supervisor's thread."""

    def __init__(self, breaker: Breaker, clock: Clock, cause: Callable[[Record, Fault], Fault]) -> None:
        self._breaker = breaker
        self._clock = clock
        self._cause = cause
        self._came_up = False

    def listen(self) -> None:
        """Record what has become of the bus."""
        self._came_up |= report_bus(self._breaker)

    def follow(self, lost: Iterable[Record], publish: Callable[[Record], None]) -> Record | None:
        """Clear the back-off of every child that was lost to a bus that is up again; return the child that is to probe one that is down.

        A child whose own time-out or hang was the bus's shows the bus's fault, and `publish` is called for it. The chip that held
        the bus, while the others waited behind it, is tried again after the longest back-off only: each try costs them the bus.
        """
        self.listen()
        here = [record for record in lost if record.spec.line is not None and self._breaker in record.spec.line.breakers]
        if self._came_up and self._breaker.fault is None:
            self._came_up = False
            self._bring_back(here, publish)
        self._blame_the_bus(here, publish)
        return self._prober(here)

    def _bring_back(self, here: Iterable[Record], publish: Callable[[Record], None]) -> None:
        now, culprit = self._clock.monotonic(), self._breaker.culprit()
        for record in here:
            if record.life.fault is None or record.life.fault.code not in BUS_CODES | {"bus_timeout"}:
                continue
            if culprit is not None and record.spec.where == culprit:
                fault = Fault("hung", f"a transfer with {culprit} did not come back in time and held the whole bus")
                change(record, Happening.CULPRIT, now, fault)
                publish(record)
            else:
                change(record, Happening.RETRY, now)

    def _prober(self, here: Iterable[Record]) -> Record | None:
        """Return who is to try, if it is time: rather somebody behind nothing else that is down."""
        now = self._clock.monotonic()
        candidates = [record for record in here if not record.life.blocked and not record.leaving]
        if not candidates or not self._breaker.probe_due(now):
            return None
        prober = min(
            candidates, key=lambda record: (record.spec.line.obstacles if record.spec.line is not None else 0, record.life.generation)
        )
        if prober.spec.line is not None:
            prober.spec.line.let_through()
        change(prober, Happening.RETRY, now)
        return prober

    def _blame_the_bus(self, lost: Iterable[Record], publish: Callable[[Record], None]) -> None:
        for record in lost:
            before = record.life.fault
            if before is not None and (fault := self._cause(record, before)) is not before:
                change(record, Happening.BLAMED, self._clock.monotonic(), fault)
                publish(record)
