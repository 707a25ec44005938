"""Every request that a client may send, once: its fields, how it is served, who may send it, and what the page of the wire says of it.

The decoder, `describe`, the rules of access and the tables of docs/reference/protocol.md are made from this. A request whose fields are
texts, and that the supervisor answers, is one entry here and one case in `supervisor.tree.queries`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Served = Literal["reads", "writes", "loop", "off", "history", "discovery", "supervisor"]

_COMPONENT: Final = {"register": '"add" or "pin"', "add": "I2C address in hexadecimal, or a number", "pin": "BCM number, or its digits"}
_READING: Final = {
    **_COMPONENT,
    "channel": "optional channel name",
    "detail": "optional true",
    "max_age": "optional seconds, 0 = a new conversion",
}
_SETTING: Final = {**_COMPONENT, "value": "number in the output's units"}
_BOOT: Final = {"boot": "optional: the mark of this connection, from scan"}


@dataclass(frozen=True, slots=True)
class RequestType:
    """One type of request.

    `served`: by which part of the gateway, or that the supervisor answers it. `example` and `reply`: the request as JSON, and what the
    value of its reply is. `fields`: name -> what it holds. `options`: fields of a request to the supervisor that may be left out.
    `harmless`: who may only read may send it, too. Any other changes something: an output, a latch, a child, the log.
    """

    served: Served
    example: str
    reply: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    harmless: bool = False


REQUESTS: Final[dict[str, RequestType]] = {
    "AQ": RequestType(
        "reads",
        '{"type": "AQ", "register": "add", "add": "0x38", "channel": "hum"}',
        'a number; with `"register": "pin", "pin": 18` what that output does now, asked from the hardware',
        _READING,
        harmless=True,
    ),
    "AQ-MULTI": RequestType(
        "reads",
        '{"type": "AQ-MULTI", "components": [{...}, {...}]}',
        "a list in the same order; what cannot be read is an ERROR object in its place",
        {"components": [_READING]},
        harmless=True,
    ),
    "PI": RequestType(
        "writes",
        '{"type": "PI", "register": "pin", "pin": 18, "value": 128}',
        "a number: the read-back after the change",
        {**_SETTING, **_BOOT},
    ),
    "PI-MULTI": RequestType(
        "writes",
        '{"type": "PI-MULTI", "components": [{...}, {...}]}',
        "a list of replies, applied in order",
        {"components": [_SETTING], **_BOOT},
    ),
    "loop": RequestType(
        "loop",
        '{"type": "loop", "name": "chauffe", "set": 45}',
        "the state of the loop, as `status` has it; without an order that is all, and who may only read may ask for it, too",
        {"name": "name", **_BOOT},
        options=("set", "ramp", "mode", "program", "end", "hold_back", "tune"),
    ),
    "off": RequestType(
        "off", '{"type": "off"}', "every loop off, every output at its safe value, ahead of anything queued: name -> read-back"
    ),
    "history": RequestType(
        "history",
        '{"type": "history", "cursor": 4711, "wait": 10}',
        "what happened since the cursor, in columns",
        {
            "cursor": "optional: what the last reply gave",
            "wait": "optional seconds, at most 30, that the reply may wait for news",
            "news": 'optional: what ends the wait, "all" or "events"',
        },
        harmless=True,
    ),
    "scan": RequestType(
        "discovery",
        '{"type": "scan"}',
        '`{"actuator": [...], "detector": [...]}`: everything configured, present or not; and `boot`, the mark of this connection '
        "(see [driving](#driving)); all stand at the top level of the reply too",
        harmless=True,
    ),
    "describe": RequestType(
        "discovery",
        '{"type": "describe"}',
        "every channel and output with units, limits, resolution, accuracy; the request types with their fields",
        harmless=True,
    ),
    "status": RequestType(
        "supervisor",
        '{"type": "status"}',
        "the supervision tree: states, restarts, last errors, ages, buses, outputs, clients, rules of access and who was refused",
        harmless=True,
    ),
    "retry": RequestType(
        "supervisor",
        '{"type": "retry", "child": "t_entree"}',
        "start a lost sensor or output again at once, whatever its back-off",
        {"child": "name"},
    ),
    "reset": RequestType(
        "supervisor",
        '{"type": "reset", "interlock": "name"}',
        "clear a latched trip whose cause has gone",
        {"interlock": "name"},
    ),
    "log-level": RequestType(
        "supervisor",
        '{"type": "log-level", "level": "debug"}',
        "what is recorded from now on: `debug`, `info`, `warning`, `error` or `critical`; the value names the level before, too",
        {"level": "debug, info, warning, error or critical"},
    ),
    "fault": RequestType(
        "supervisor",
        '{"type": "fault", "target": "t_entree", "kind": "unplug"}',
        'on a simulated bench only: break something; `"kind": "clear"` repairs it',
        {"target": "what to break, on a simulated bench", "kind": 'how, or "clear"'},
        options=("delay", "degrees", "level", "model", "rate", "seconds", "times", "variant"),
    ),
}
HARMLESS: Final = frozenset(name for name, kind in REQUESTS.items() if kind.harmless)
"""What may be asked by those who may only read."""


ORDERS: Final[Mapping[str, str]] = {
    "set": "optional number in the units of its sensor, 0 = off",
    "ramp": "optional, units per minute; 0 = as fast as it can",
    "mode": 'optional "off", "manual" or "auto"',
    "program": "optional list of [target, units per minute or 0, seconds to stay]",
    "end": 'optional, of a program: "hold" or "off"',
    "hold_back": "optional, of a program: units of deviation at which it waits",
    "tune": 'optional object: "around" (a value), "fan" (true)',
}
"""What a `loop` request may ask for."""


def fields() -> dict[str, dict[str, Any]]:
    """Return the fields of every request, as `describe` tells them."""
    optional = "optional, of that kind"
    return {
        name: {**kind.fields, **{option: ORDERS[option] if name == "loop" else optional for option in kind.options}}
        for name, kind in REQUESTS.items()
    }


def rows(*served: Served) -> list[tuple[str, str]]:
    """Return the rows of the page of the wire for the requests that are served so."""
    return [(f"`{kind.example}`", kind.reply) for kind in REQUESTS.values() if kind.served in served]
