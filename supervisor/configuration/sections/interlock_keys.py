"""The keys of `INTERLOCKS`, one model per kind, made of what `actors.interlocks.kinds` declares. Times in seconds, duty cycles in %."""

from __future__ import annotations

import dataclasses
import sys
import typing
from typing import Annotated, Any, Final

from pydantic import AfterValidator, create_model

from actors.interlocks.kinds import KINDS
from actors.interlocks.kinds.base import Key, Kind
from supervisor.configuration.model import LONGEST, Name, Section, Text, composed, key


def _outputs_to_drive(value: Any) -> dict[str, float | None]:
    """Accept a name, a list of names, or {name: value}; None stands for the output's safe value."""
    names: Any = [value] if isinstance(value, str) else value
    if not isinstance(names, list | dict) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError
    values = {composed(name): driven for name, driven in (names if isinstance(names, dict) else dict.fromkeys(names)).items()}
    if len(values) < len(names) or not all(driven is None or _is_number(driven) for driven in values.values()):
        raise ValueError
    return values


def _is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold: an integer may be too large, and `nan` is no number."""
    return type(value) in {int, float} and abs(value) <= sys.float_info.max


def _names(value: Any) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError
    return [composed(name) for name in names]


class Interlock(Section):
    """What every entry of `INTERLOCKS` has."""

    name: Name = key(..., f"a text of 1 to {LONGEST} characters", "what messages, `status` and `pilotage reset` call the interlock")
    kind: str = key(..., "the kind of rule", "which rule it is: see below")
    outputs: Annotated[Any, AfterValidator(_outputs_to_drive)] = key(
        None,
        "a name, ['name', ...] or {'name': value, ...}",
        "which outputs a trip drives; a list means their safe values",
        "`output`, where there is one, else every heater",
    )


def declared(kind: type[Kind]) -> dict[str, Key]:
    """Return the fields of a kind that are made of keys, in the order of its file; `latched` is the last."""
    found = {each.name: each.metadata["key"] for each in dataclasses.fields(kind) if "key" in each.metadata}
    return dict(sorted(found.items(), key=lambda item: item[0] == "latched"))


def _model(kind: type[Kind]) -> type[Interlock]:
    types, fields = typing.get_type_hints(kind), {each.name: each for each in dataclasses.fields(kind)}
    made: dict[str, Any] = {}
    for name, about in declared(kind).items():
        given = fields[name].default
        default = ... if given is dataclasses.MISSING else given
        text = (about.allowed, about.meaning, about.unset)
        if about.names == "fan":
            made[about.names] = (Annotated[Any, AfterValidator(_names)], key(None, *text))
        elif about.names:
            made["sensor" if about.names == "sensor" else name] = (Name, key(..., *text))
        else:
            made[name] = (types[name], key(default, *text, **dict[str, Any](about.limits)))
        if about.names in {"sensor", "needs"}:
            which = "which of its channels" if about.names == "sensor" else "which channel, for a sensor"
            made["channel"] = (Text | None, key(None, "a channel of that sensor", which, "the chip's first channel"))
    return create_model(kind.__name__, __base__=Interlock, **made)


INTERLOCKS: Final[dict[str, type[Interlock]]] = {name: _model(kind) for name, kind in KINDS.items()}
"""The kinds of interlocks, with their keys."""
