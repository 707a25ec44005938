"""Taking over another bench while serving: only what differs is ended and started; everybody else notices nothing. Supervisor thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import structlog

from actors.bench.devices import LECO, Bench, OutputSpec
from actors.bench.leco import Leco
from actors.core import events
from actors.core.actor import fault_of
from actors.errors import Fault
from actors.messages import Rewire, Route, Stop
from supervisor.tree.children.interlock import CHILD as INTERLOCKS
from supervisor.tree.children.record import ChildSpec, Record
from supervisor.tree.children.restart_policy import Life
from supervisor.tree.left_on import end_served, first_off, following, renamed
from supervisor.tree.progress import Progress
from supervisor.tree.state import State

log = structlog.get_logger()

FIXED: Final = ("bind", "port", "bus", "i2c_timeout", "gpio_backend")
"""What is taken when the daemon starts and held until it ends: changes wait for a restart."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What another bench changes: child ids by what becomes of them, and the names of settings that wait for a restart."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    postponed: tuple[str, ...]


def difference(old: Bench, new: Bench) -> Difference:
    """Return what `new` changes. An entry that differs in anything counts as changed."""
    before, after = _entries(old), _entries(new)
    common = before.keys() & after.keys()
    return Difference(
        added=tuple(child for child in after if child not in common),
        changed=tuple(child for child in after if child in common and before[child] != after[child]),
        removed=tuple(child for child in before if child not in common),
        postponed=tuple(name for name in _fixed(new) if getattr(old, name) != getattr(new, name)),
    )


def _entries(bench: Bench) -> dict[str, Any]:
    """Return what each child is made of. Which outputs need a permit is part of them: that is settled when they start."""
    held = {drive.output.id for interlock in bench.interlocks for drive in interlock.drives}
    outputs = {spec.id: (spec, spec.id in held) for spec in bench.outputs}
    interlocks = {INTERLOCKS: bench.interlocks} if bench.interlocks else {}
    leco = {LECO: bench.leco} if bench.leco is not None else {}
    loops = {spec.id: spec for spec in bench.loops}
    return {**outputs, **interlocks, **{spec.id: spec for spec in bench.sensors}, **loops, **leco}


def _seat(bench: Bench) -> Leco | None:
    """Return where the bench joins a network, and as whom."""
    return None if bench.leco is None else replace(bench.leco, drive=False, off=False)


def _fixed(bench: Bench) -> list[str]:
    return [field.name for field in fields(bench) if field.name in FIXED]


def held(present: Bench, wanted: Bench) -> Bench:
    """Return `wanted` with what is held until the daemon ends as it is at `present`."""
    return replace(wanted, **{name: getattr(present, name) for name in _fixed(wanted)})


def also(bench: Bench, outputs: Iterable[OutputSpec]) -> Bench:
    """Return `bench` with those of `outputs` whose place is not one of its own: what has to be known of while both may be on."""
    known = {spec.place: spec for spec in bench.outputs}
    taken = {spec.id for spec in bench.outputs} | {spec.id for spec in bench.sensors}
    for spec in outputs:
        named = spec if spec.id not in taken else renamed(spec)  # it has moved
        if known.setdefault(spec.place, named) is named:
            taken.add(named.id)
    return replace(bench, outputs=tuple(known.values()))


class Reconfiguration:
    """First what leaves is told to end, outputs by way of their safe values; when it has ended, what is new takes its place.

    So that a pin or an address never has two owners. Who does not end is fenced by the supervisor as always, and counts as ended.
    Interlocks and loops do not end when they are changed: their actors take over what is new between two looks at the bench.
    Nor does a LECO network that only may, or may not any more, be driven over: whoever leaves it for a moment closes PyMoDAQ's modules.
    """

    def __init__(
        self,
        state: State,
        progress: Progress,
        specs: Callable[[Bench], list[ChildSpec]],
        switching_off: Callable[[OutputSpec], ChildSpec],
    ) -> None:
        """`specs` returns the child specs of a bench, `switching_off` that of an output which is in no bench any more.

        What `progress` says is left on by an earlier daemon is switched off like an output that a reload removes.
        """
        self._state = state
        self._progress = progress
        self._specs = specs
        self._switching_off = switching_off
        self._wanted: Bench | None = None
        self._next: Bench | None = None
        self._back = False
        self._what = Difference((), (), (), ())
        self._anew: tuple[str, ...] = ()
        self._leaving: list[tuple[OutputSpec, Any]] = []
        if progress.left_on:
            left_on = following((), ((spec, None) for spec in progress.left_on), state.bench.outputs, switching_off)
            state.rig.update(also(state.bench, (first_off(one.spec) for one in left_on.values())))
            state.left_on, progress.left_on = left_on, tuple(one.spec for one in left_on.values())

    def ask(self, bench: Bench) -> None:
        """Have `bench` taken over as soon as possible; a later wish replaces one that has not begun."""
        self._wanted = bench

    def advance(self, publish: Callable[[Record], None], tell_gateway: Callable[[Any], None]) -> None:
        """Begin with a wish, or finish one whose leavers have ended. Called in each round while the daemon serves.

        When anything goes wrong the bench before is taken over again; it raises what goes wrong with that.
        """
        try:
            if self._next is None and self._wanted is not None:
                wanted, self._wanted = self._wanted, None
                self._begin(wanted, tell_gateway)
            if self._next is not None and not any(record.leaving and record.life.alive for record in self._state.everybody()):
                self._finish(self._next, publish, tell_gateway)
        except Exception as error:
            if self._back:
                raise
            self._go_back(error)

    def _begin(self, wanted: Bench, tell_gateway: Callable[[Any], None]) -> None:
        present = self._state.bench
        wanted = self._state.watch.with_latches(present, wanted)
        self._what, self._leaving = difference(present, wanted), []
        self._next = held(present, wanted)
        in_place = {LECO} if _seat(present) == _seat(wanted) else set()
        in_place |= {INTERLOCKS, *(spec.id for spec in present.loops)} & {INTERLOCKS, *(spec.id for spec in wanted.loops)}
        self._anew = tuple(child for child in self._what.changed if child not in in_place)
        outputs = {spec.id: spec for spec in present.outputs}
        for one in self._state.left_on.values():
            one.record.leaving = True
            end_served(one)
        for child in sorted((*self._what.removed, *self._anew), key=INTERLOCKS.__eq__):  # what ends the interlocks ends outputs first
            record = self._state.records[child]
            record.leaving = True
            if child in outputs:
                self._leaving.append((outputs[child], record.running.cell if record.running is not None else None))
            if child in self._anew:
                route = Route(child, "starting", None, record.life.generation, None, None)
            else:
                route = Route(child, "stopped", Fault("removed", "it is no longer in config.py"), record.life.generation, None, None)
            tell_gateway(route)
            if record.running is not None:
                record.running.tell(Stop())

    def _go_back(self, error: Exception) -> None:
        """Take the bench before over again, when those who were told to leave have ended."""
        reason = fault_of(error).message
        log.error(events.INTERNAL_ERROR, actor="supervisor", problem=f"config.py could not be taken over: {reason}", exc_info=error)
        log.error(events.CONFIG_REFUSED, reason=f"it could not be taken over: {reason}")
        left = tuple(child for child, record in self._state.records.items() if record.leaving)
        self._back, self._next, self._what, self._anew = True, self._state.bench, Difference((), (), (), ()), left

    def _finish(self, bench: Bench, publish: Callable[[Record], None], tell_gateway: Callable[[Any], None]) -> None:
        state, progress, begun = self._state, self._progress, (*self._what.added, *self._anew)
        left_on = following(state.left_on.values(), self._leaving, bench.outputs, self._switching_off)
        specs = self._specs(bench)
        state.rig.update(also(bench, (first_off(one.spec) for one in left_on.values())))
        known = {**state.retired, **state.records}
        records = {}
        for spec in specs:
            before = known.get(spec.id)
            records[spec.id] = before if before is not None and spec.id not in begun else _record(spec, before)
        state.retired = {child: record for child, record in known.items() if child not in records}
        state.bench, state.records, state.left_on = bench, records, left_on
        refused, self._next, self._back, self._leaving = self._back, None, False, []
        tell_gateway(Rewire(bench))
        state.watch.tell_network(Rewire(bench))
        self._rewire_interlocks(bench, specs)
        state.watch.loops.rewire(bench, specs, lambda child: None if child in begun else records.get(child))
        for child in begun:
            publish(records[child])
        if not refused:
            self._report(bench)
        progress.refused, progress.left_on = refused, tuple(one.spec for one in left_on.values())
        progress.reloaded.set()
        progress.wake()

    def _rewire_interlocks(self, bench: Bench, specs: list[ChildSpec]) -> None:
        """Have the interlock actor look at the interlocks of `bench`, and any later generation of it."""
        record = self._state.records.get(INTERLOCKS)
        if record is not None:
            record.spec = next(spec for spec in specs if spec.id == INTERLOCKS)
            self._state.watch.tell(Rewire(bench))

    def _report(self, bench: Bench) -> None:
        what = self._what
        for warning in bench.warnings:
            log.warning(events.CONFIG_WARNING, reason=warning)
        for name in what.postponed:
            log.warning(events.CONFIG_POSTPONED, setting=name.upper() if name != "bus" else "I2C_BUS_ID")
        parts = {"added": what.added, "changed": what.changed, "removed": what.removed}
        log.info(events.CONFIG_RELOADED, config=bench.source, **{name: ", ".join(ids) or "nothing" for name, ids in parts.items()})


def _record(spec: ChildSpec, before: Record | None) -> Record:
    """Return the record of a new child; one of an id that was there before goes on counting, and waits for a thread that still hangs."""
    if before is None:
        return Record(spec)
    return Record(spec, Life(generation=before.life.generation, blocked=before.life.blocked))
