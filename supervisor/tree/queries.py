"""What clients ask of the supervisor: `status`, `retry`, `reset`, and faults on a simulated bench. Supervisor thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from actors.core import events
from actors.errors import Fault, RefusedError
from actors.messages import Done, Query, ResetInterlock, ResetLease
from supervisor import journal
from supervisor.tree.children.record import Record
from supervisor.tree.state import State
from supervisor.tree.status import status

log = structlog.get_logger()


def answer(state: State, query: Query, retry: Callable[[Record], object]) -> None:
    """Reply to `query` with a value or a Fault, or have the interlocks or the output concerned reply. One that expired is dropped.

    `retry` starts a child at once if it is down.
    """
    if state.clock.monotonic() > query.expires:
        return
    if query.kind == "reset" and (_reset_interlock(state, query) or _reset_lease(state, query)):
        return
    query.reply(Done(query.ticket, _answer(state, query, retry)))


def _answer(state: State, query: Query, retry: Callable[[Record], object]) -> Any:
    arguments = query.arguments
    match query.kind:
        case "status":
            return status(state, list(arguments.get("clients", [])), arguments.get("access"))
        case "retry":
            return _retry(state, arguments["child"], retry)
        case "reset":
            return _not_reset(state, arguments["interlock"])
        case "fault":
            return _inject(state, arguments["target"], arguments["kind"], arguments.get("options", {}))
        case "log-level":
            return _log_level(arguments["level"])
        case kind:
            return Fault("unknown_type", f"the supervisor knows no {kind}")


def _reset_interlock(state: State, query: Query) -> bool:
    """Pass a reset on to the interlock actor, if there is one and it knows that interlock."""
    name = query.arguments["interlock"]
    known = any(interlock.name == name for interlock in state.bench.interlocks)
    return known and state.watch.tell(ResetInterlock(name, query.ticket, query.reply, query.expires))


def _not_reset(state: State, name: str) -> Fault:
    names = [interlock.name for interlock in state.bench.interlocks]
    if name in names:
        return Fault("unavailable", "the interlocks are being started again; their outputs are safe meanwhile")
    known = f"there are: {', '.join(names)}" if names else "there are none"
    return Fault("unknown_interlock", f"no interlock is called {name:.100}; {known}")


def _reset_lease(state: State, query: Query) -> bool:
    """Pass a reset on to the output of that name, if it has a lease, or had one that is latched, and runs."""
    record = state.records.get(query.arguments["interlock"])
    if record is None or record.running is None or not (record.spec.leased or getattr(record.running.cell, "lease", None)):
        return False
    record.running.tell(ResetLease(query.ticket, query.reply, query.expires))
    return True


def _retry(state: State, child: str, retry: Callable[[Record], object]) -> Any:
    record = state.records.get(child)
    if record is None:
        return Fault("unknown_child", f"no child is called {child:.100}; there are: {', '.join(state.records)}")
    retry(record)
    return {"child": child, "state": record.life.state}


def _log_level(level: str) -> Any:
    if level not in journal.LEVELS:
        return Fault("bad_level", f"{level:.100} is no level; there are: {', '.join(journal.LEVELS)}")
    before = journal.set_level(level)
    return Fault("no_log", "this daemon was started without a log of its own") if before is None else {"level": level, "before": before}


def _inject(state: State, target: str, kind: str, options: Mapping[str, Any]) -> Any:
    try:
        state.rig.inject(target, kind, options)
    except RefusedError as error:
        return Fault.of(error)
    log.warning(events.FAULT_INJECTED, target=target, kind=kind)
    return {"target": target, "kind": kind}
