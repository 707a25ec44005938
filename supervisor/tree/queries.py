"""What clients ask of the supervisor: `status`, `retry`, `reset`, and faults on a simulated bench. Supervisor thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from actors.core import events
from actors.errors import Fault, RefusedError
from actors.messages import Done, Query, ResetInterlock, ResetLease
from supervisor import journal
from supervisor.tree.status import status

if TYPE_CHECKING:
    from supervisor.tree.supervisor import Supervisor

log = structlog.get_logger()


def answer(supervisor: Supervisor, query: Query) -> None:
    """Reply to `query` with a value or a Fault, or have the interlocks or the output concerned reply. One that expired is dropped."""
    if supervisor.clock.monotonic() > query.expires:
        return
    if query.kind == "reset" and (_reset_interlock(supervisor, query) or _reset_lease(supervisor, query)):
        return
    query.reply(Done(query.ticket, _answer(supervisor, query)))


def _answer(supervisor: Supervisor, query: Query) -> Any:
    arguments = query.arguments
    match query.kind:
        case "status":
            return status(supervisor, list(arguments.get("clients", [])), arguments.get("access"))
        case "retry":
            return _retry(supervisor, arguments["child"])
        case "reset":
            return _not_reset(supervisor, arguments["interlock"])
        case "fault":
            return _inject(supervisor, arguments["target"], arguments["kind"], arguments.get("options", {}))
        case "log-level":
            return _log_level(arguments["level"])
        case kind:
            return Fault("unknown_type", f"the supervisor knows no {kind}")


def _reset_interlock(supervisor: Supervisor, query: Query) -> bool:
    """Pass a reset on to the interlock actor, if there is one and it knows that interlock."""
    name = query.arguments["interlock"]
    known = any(interlock.name == name for interlock in supervisor.bench.interlocks)
    return known and supervisor.watch.tell(ResetInterlock(name, query.ticket, query.reply, query.expires))


def _not_reset(supervisor: Supervisor, name: str) -> Fault:
    names = [interlock.name for interlock in supervisor.bench.interlocks]
    if name in names:
        return Fault("unavailable", "the interlocks are being started again; their outputs are safe meanwhile")
    known = f"there are: {', '.join(names)}" if names else "there are none"
    return Fault("unknown_interlock", f"no interlock is called {name:.100}; {known}")


def _reset_lease(supervisor: Supervisor, query: Query) -> bool:
    """Pass a reset on to the output of that name, if it has a lease, or had one that is latched, and runs."""
    record = supervisor.records.get(query.arguments["interlock"])
    if record is None or record.running is None or not (record.spec.leased or getattr(record.running.cell, "lease", None)):
        return False
    record.running.tell(ResetLease(query.ticket, query.reply, query.expires))
    return True


def _retry(supervisor: Supervisor, child: str) -> Any:
    if child not in supervisor.records:
        return Fault("unknown_child", f"no child is called {child:.100}; there are: {', '.join(supervisor.records)}")
    return {"child": child, "state": supervisor.retry(child)}


def _log_level(level: str) -> Any:
    if level not in journal.LEVELS:
        return Fault("bad_level", f"{level:.100} is no level; there are: {', '.join(journal.LEVELS)}")
    before = journal.set_level(level)
    return Fault("no_log", "this daemon was started without a log of its own") if before is None else {"level": level, "before": before}


def _inject(supervisor: Supervisor, target: str, kind: str, options: Mapping[str, Any]) -> Any:
    try:
        supervisor.rig.inject(target, kind, options)
    except RefusedError as error:
        return Fault.of(error)
    log.warning(events.FAULT_INJECTED, target=target, kind=kind)
    return {"target": target, "kind": kind}
