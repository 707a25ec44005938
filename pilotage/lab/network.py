"""The benches of a LECO network, found by asking everybody: only a bench of ours gives a `status`, and only such a one is switched off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast

from pilotage.documents import Status
from pilotage.errors import ClientError
from pilotage.lab.visit import Visit
from pilotage.wire import leco

STATUS: Final = "status"
_ASKED: Final = {"parameters": [STATUS]}
_READ, _ACT = "get_parameters", "call_action"
_TROUBLED: Final = frozenset({"busy", "deadline", "internal_error"})
"""Codes with which a bench of ours says that it cannot tell its status at the moment."""
_GONE: Final = frozenset({leco.NODE_UNKNOWN, leco.RECEIVER_UNKNOWN})


@dataclass(slots=True)
class Found:
    """What was heard: name of a bench -> how it is, or why that is not known; `refusals`: what its `off` was refused with."""

    values: dict[str, Status | ClientError] = field(default_factory=dict)
    refusals: dict[str, ClientError] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)


def statuses(coordinator: str, timeout: float) -> Found:
    """Return how every bench is that the coordinator knows. Raises ClientError when it is not reached."""
    return _visited(coordinator, timeout, off=False)


def all_off(coordinator: str, timeout: float) -> Found:
    """Switch every bench off that the coordinator knows, each as soon as it has shown that it is one, and read it afterwards."""
    return _visited(coordinator, timeout, off=True)


def _visited(coordinator: str, timeout: float, *, off: bool) -> Found:
    found = Found()
    with Visit(coordinator, timeout) as visit:
        names = visit.names()
        for name in names:
            visit.call(name, _READ, _ASKED)
        for name, method, answer in visit.answers():
            if method == _ACT:
                if answer.code is not None:
                    found.refusals[name] = _error(answer)
                visit.call(name, _READ, _ASKED)
            elif (value := _status(answer)) is None:
                found.strangers += [name] if name not in found.values and not _is_part(answer) else []
            elif off and name not in found.values:
                visit.call(name, _ACT, {"action": "off"})
                found.values[name] = ClientError("unreachable", "it was told to switch off, and has not answered")
            else:
                found.values[name] = value
        _take_silent(visit, names, found)
    return found


def _take_silent(visit: Visit, names: list[str], found: Found) -> None:
    """Note who has said nothing: it counts as a bench if others carry its name as theirs, as the readings of a bench do."""
    silent = [name for name in visit.unanswered() if name not in found.values]
    for name in silent:
        if any(name.startswith(f"{other}_") for other in silent):
            continue  # a reading or an output of that one
        if any(other.startswith(f"{name}_") for other in names):
            found.values[name] = visit.silence()
        else:
            found.strangers.append(name)


def _status(answer: leco.Answer) -> Status | ClientError | None:
    """Return what a bench says of itself, or why it does not; None for what is no bench."""
    status: Any = answer.result.get(STATUS) if isinstance(answer.result, dict) else None
    if isinstance(status, dict) and {"version", "children", "outputs"} <= status.keys():
        return cast("Status", status)
    error = _error(answer)
    return error if error.code in _TROUBLED else None


def _is_part(answer: leco.Answer) -> bool:
    """Whether this is a reading or an output of a bench, or somebody who has left."""
    return answer.code in _GONE or _error(answer).code == "unknown_parameter"


def _error(answer: leco.Answer) -> ClientError:
    """Return the refusal of a bench; one with another's, or none, is an `error`."""
    code = answer.data.get("code") if isinstance(answer.data, dict) else None
    return ClientError(code if isinstance(code, str) and answer.code == leco.REFUSED else "error", answer.message)
