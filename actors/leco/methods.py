"""Every method that can be called, once: its parameters, whom it serves, and whether it drives. There is no other way in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pilotage.wire import leco

Serves = Literal["all", "bench", "thing", "output"]


@dataclass(frozen=True, slots=True)
class Method:
    """One method. `serves`: every name, the bench's own, each reading and output, or outputs alone. `params`: name -> what it holds."""

    meaning: str
    serves: Serves = "all"
    params: Mapping[str, str] = field(default_factory=dict)
    drives: bool = False


METHODS: Final[Mapping[str, Method]] = {
    "pong": Method("Answers, so that the caller knows that somebody is there."),
    "rpc.discover": Method("Returns this list."),
    "get_parameters": Method("Returns a value for each name.", params={"parameters": "list of names"}),
    "set_parameters": Method("Sets outputs; returns when they were read back.", params={"parameters": "name -> value"}, drives=True),
    "call_action": Method(
        "Does one of: off, retry, reset; the last two with a name as the only argument.",
        "bench",
        {"action": "name", "args": "optional list", "kwargs": "optional object, empty"},
        drives=True,
    ),
    "set_remote_name": Method("Notes nothing: who asks is answered.", params={"name": "the director's name"}),
    "get_settings": Method("Tells a director the units and the position of an output."),
    "send_data_snap": Method("Sends a director one frame of readings (set_data)."),
    "send_data_grab": Method("Sends a director each new reading (set_data) until stop_grab."),
    "stop_grab": Method("Ends what send_data_grab began."),
    "get_actuator_value": Method("Tells a director the value (send_position).", "thing"),
    "move_abs": Method("Sets the output, then tells the director (set_move_done).", "output", {"position": "number"}, drives=True),
    "move_rel": Method("The same, from where the output is.", "output", {"position": "number"}, drives=True),
    "move_home": Method("The same, to the safe value.", "output", drives=True),
    "stop_motion": Method("Ends a ramp where it is.", "output", drives=True),
}


def serves(method: Method, thing: Any, *, output: bool) -> bool:
    """Whether a method is offered by the bench (`thing` is None), a reading, or an output."""
    match method.serves:
        case "all":
            return True
        case "bench":
            return thing is None
        case "thing":
            return thing is not None
        case _:
            return output


def discover(title: str, thing: Any, *, output: bool) -> dict[str, Any]:
    """Return the OpenRPC document of one name (https://spec.open-rpc.org)."""
    methods = [
        {
            "name": name,
            "description": method.meaning,
            "params": [{"name": param, "description": what, "schema": {}} for param, what in method.params.items()],
            "result": {"name": "result", "schema": {}},
        }
        for name, method in METHODS.items()
        if serves(method, thing, output=output)
    ]
    return {"openrpc": "1.2.6", "info": {"title": title, "version": "1"}, "methods": methods}


def problem(call: leco.Call, thing: Any, *, output: bool) -> tuple[int, str] | None:
    """Return why a call cannot be served, as an error's code and sentence; None if its names are right."""
    method = METHODS.get(call.method)
    if method is None:
        return leco.UNKNOWN_METHOD, f"there is no method {call.method!r:.60}; rpc.discover lists those there are"
    if not serves(method, thing, output=output):
        return leco.UNKNOWN_METHOD, f"{call.method} is no method of this name; rpc.discover lists those it has"
    unknown = [name for name in call.params if name not in method.params]
    if unknown:
        return leco.BAD_PARAMETERS, f"{call.method} has no parameter {unknown[0]!r:.60}"
    missing = [name for name, what in method.params.items() if name not in call.params and not what.startswith("optional")]
    if missing and call.method != "set_remote_name":
        return leco.BAD_PARAMETERS, f"{call.method} needs {missing[0]}"
    return None
