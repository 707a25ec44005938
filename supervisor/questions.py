"""What clients ask of the supervisor: `status`, `retry`, `reset`, and faults on a simulated bench. Supervisor thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from actors import events
from actors.errors import Fault, RefusedError
from actors.messages import Query
from supervisor.status import status

if TYPE_CHECKING:
    from supervisor.actor import Supervisor

log = structlog.get_logger()


def answer(supervisor: Supervisor, query: Query) -> Any:
    """Return the value for `query`, or a Fault."""
    arguments = query.arguments
    match query.kind:
        case "status":
            return status(supervisor, list(arguments.get("clients", [])))
        case "retry":
            return _retry(supervisor, arguments["child"])
        case "reset":
            return Fault("unknown_interlock", f"no interlock is called {arguments['interlock']:.100}")
        case "fault":
            return _inject(supervisor, arguments["target"], arguments["kind"], arguments.get("options", {}))
        case kind:
            return Fault("unknown_type", f"the supervisor knows no {kind}")


def _retry(supervisor: Supervisor, child: str) -> Any:
    if child not in supervisor.records:
        return Fault("unknown_child", f"no child is called {child:.100}; there are: {', '.join(supervisor.records)}")
    return {"child": child, "state": supervisor.retry(child)}


def _inject(supervisor: Supervisor, target: str, kind: str, options: Mapping[str, Any]) -> Any:
    try:
        supervisor.rig.inject(target, kind, options)
    except RefusedError as error:
        return Fault.of(error)
    log.warning(events.FAULT_INJECTED, target=target, kind=kind)
    return {"target": target, "kind": kind}
