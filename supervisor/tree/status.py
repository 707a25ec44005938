"""The `status` document: the supervision tree as it is now. Pure; called in the supervisor's thread."""

from __future__ import annotations

import time
from typing import Any, Final

from actors.bench.devices import LECO, OutputSpec
from actors.bench.interlocks import Interlock
from actors.core.cells import OutputCell, SensorCell, under_way
from actors.core.clock import clock_synchronised, iso
from actors.errors import Fault
from actors.gateway.routes import DOWN
from actors.hardware.i2c.breaker import Breaker
from actors.interlocks.cell import InterlockCell
from actors.interlocks.latch import held
from actors.messages import Failure, Reading
from pilotage import __version__
from supervisor import journal
from supervisor.tree.children.record import Record
from supervisor.tree.state import State


def status(state: State, clients: list[Any], access: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the whole tree with states, faults and ages; `clients` and `access` are the gateway's words."""
    now = state.clock.monotonic()
    children = {record.spec.id: _child(record, now) for record in (state.gateway, *state.records.values())}
    return {
        "version": __version__,
        "simulated": state.rig.simulated,
        "uptime_s": round(now - state.started_at, 1),
        "clock_synchronised": clock_synchronised(),
        "config": state.bench.source,
        "hardware": state.rig.describe(),
        "healthy": all(map(_is_well, children.values())) and watched(state.bench.interlocks, state.watch.cell, now) and not state.left_on,
        "buses": {breaker.name: _bus(breaker, now) for breaker in state.rig.breakers.all},
        "children": children,
        "outputs": {spec.id: _output(spec, state.records[spec.id], now) for spec in state.bench.outputs},
        "interlocks": interlocks(state.bench.interlocks, state.watch.cell, now),
        "loops": state.watch.loops.states(state.bench),
        "leco": _leco(state, now),
        "left_on": [f"{one.spec.id} ({one.spec.where})" for one in state.left_on.values()],
        "abandoned_threads": len(state.lost),
        "clients": clients,
        "access": access,
        "log": journal.state(),
    }


def _is_well(child: dict[str, Any]) -> bool:
    """Whether a child runs, and every channel of it that ought to give a number does."""
    return child["state"] == "running" and not (child.get("last") or {}).get("broken")


def _child(record: Record, now: float) -> dict[str, Any]:
    life = record.life
    entry: dict[str, Any] = {
        "kind": record.spec.kind,
        "where": record.spec.where,
        "state": life.state,
        "since_s": round(now - life.since, 1),
        "generation": life.generation,
        "restarts": life.restarts,
        "error": _fault(life.fault),
        "last_error": _fault(life.last_fault),
        "last_error_at": None if life.faulted_at is None else iso(time.time() - (now - life.faulted_at)),
        "next_attempt_s": _next_attempt(record, now),
    }
    cell = record.running.cell if record.running is not None else None
    if isinstance(cell, SensorCell):
        entry["last"] = last_of(cell, now)
    if record.spec.contact is not None:
        contact = record.spec.contact
        entry["contact"] = {"transfers": contact.transfers, "failed": contact.failed, "share": round(contact.share, 3), "bad": contact.bad}
    return entry


def _next_attempt(record: Record, now: float) -> float | None:
    """Return in how many seconds a lost child is tried again; None for one that is not lost, or whose thread must come back first."""
    life = record.life
    if life.alive and life.state in DOWN:
        return 0.0  # at this moment
    if life.due is None or life.alive or life.blocked:
        return None
    breakers = () if record.spec.line is None else record.spec.line.breakers
    due = max([life.due, *(breaker.next_probe or life.due for breaker in breakers)])
    return round(max(due - now, 0.0), 2)


def _fault(fault: Fault | None) -> dict[str, Any] | None:
    return None if fault is None else {"code": fault.code, "message": fault.message, "errno": fault.errno}


def last_of(cell: SensorCell, now: float) -> dict[str, Any] | None:
    """Return what `status` says of a sensor's last reading, None if there is none; `now` is monotonic."""
    outcome = cell.outcome
    if isinstance(outcome, Reading):
        values = {name: value if isinstance(value, float) else None for name, value in outcome.values.items()}
        faults = {name: value.message for name, value in outcome.values.items() if not isinstance(value, float)}
        broken = {name: fault.code for name, (fault, _) in cell.broken.items()}
    elif isinstance(outcome, Failure):
        values, faults, broken = {}, {"": outcome.fault.message}, {}
    else:
        return None
    return {"values": values, "faults": faults, "broken": broken, "time": iso(outcome.time), "age_s": round(now - outcome.at, 2)}


def _leco(state: State, now: float) -> dict[str, Any] | None:
    """Return whether and as whom the bench is in its network; None for one that joins none."""
    settings, record = state.bench.leco, state.records.get(LECO)
    if settings is None:
        return None
    from actors.leco.network import LecoCell, Presence

    cell = record.running.cell if record is not None and record.running is not None else None
    presence = cell.presence if isinstance(cell, LecoCell) else Presence()
    return {
        "coordinator": f"{settings.host}:{settings.port}",
        "name": settings.name,
        "drive": settings.drive,
        "off": settings.drive or settings.off,
        "joined": presence.joined,
        "since_s": round(now - presence.since, 1) if presence.joined else None,
        "namespace": presence.namespace or None,
        "names": list(presence.names),
        "components": list(presence.components),
        "error": None if record is None else _fault(record.life.fault),
    }


def _bus(breaker: Breaker, now: float) -> dict[str, Any]:
    fault = breaker.fault
    return {
        "state": "up" if fault is None else "down",
        "since_s": round(now - breaker.since, 1),
        "error": None if fault is None else {"code": fault.code, "message": fault.message, "errno": fault.errno},
    }


def _output(spec: OutputSpec, record: Record, now: float) -> dict[str, Any]:
    kind = {"kind": spec.kind, "kind_reason": spec.kind_reason, "goes_on": spec.goes_on, "safe_value": spec.safe, "scale": spec.scale}
    cell = record.running.cell if record.running is not None else None
    if not isinstance(cell, OutputCell):
        return {"asked": None, "read_back": None, "frequency_hz": None, "safe": None, "lease": None, **under_way(None, now), **kind}
    return {
        "asked": cell.asked,
        "read_back": cell.read_back,
        "frequency_hz": cell.frequency,
        "safe": cell.safe_reason,
        "regulated": cell.claim is not None,
        "lease": _lease(cell, now),
        **under_way(cell, now),
        **kind,
    }


def _lease(cell: OutputCell, now: float) -> dict[str, Any] | None:
    lease = cell.lease
    if lease is None:
        return None
    return {"state": lease.state, "seconds": lease.seconds, "since_s": round(now - lease.since, 1), "trips": lease.trips}


LATELY: Final = 3.0
"""Seconds within which every rule must have been looked at: it is each 0.7 s at least."""


def interlocks(specs: tuple[Interlock, ...], cell: InterlockCell, now: float) -> dict[str, Any]:
    """Return every interlock by its name. `looked_at_s`: seconds since its rule was looked at last; None for never."""
    states = cell.states
    holding = {one.spec.name: one for one in held(cell.specs, states) if one.spec.name in states}
    return {spec.name: _entry(spec, states.get(spec.name), holding.get(spec.name), cell, now) for spec in specs}


def watched(specs: tuple[Interlock, ...], cell: InterlockCell, now: float) -> bool:
    """Whether the rule of every interlock was looked at within `LATELY`."""
    return all(spec.name in cell.states for spec in specs) and (not specs or now - cell.looked_at <= LATELY)


def _entry(spec: Interlock, state: Any, holding: Any, cell: InterlockCell, now: float) -> dict[str, Any]:
    since = None if holding is None else now - holding.since
    return {
        "kind": spec.kind,
        "state": _state(state, holding, lately=now - cell.looked_at <= LATELY),
        "armed": state is not None and state.armed,
        "tripped": state is not None and state.trip is not None,
        "holding": holding is not None and not holding.yields,
        "latched": holding is not None and holding.latched,
        "why": None if holding is None else holding.why,
        "since": None if since is None else iso(time.time() - since),
        "since_s": None if since is None else round(since, 1),
        "cause": None if state is None else state.cause,
        "outputs": {drive.output.id: drive.value for drive in spec.drives},
        "looked_at_s": None if state is None else round(now - cell.looked_at, 1),
    }


def _state(state: Any, holding: Any, *, lately: bool) -> str:
    """Return one word: `holding` is a requirement that is not met, and that has nothing to switch off, or not yet."""
    if state is None:
        return "not looked at"
    if state.trip is not None:
        return "tripped"
    if not lately:
        return "not looked at"
    return "holding" if holding is not None else "armed" if state.armed else "not armed"
