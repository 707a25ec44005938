"""What a file leaves behind, as plain data: whatever objects it made, the checks only ever meet the types that Python itself can print."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

_READY: Final = frozenset(
    {type(None), bool, int, float, str, ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network}
)
_DEEPEST: Final = 100
"""Levels of nesting that are followed; no key of the file has more than four."""


class Foreign:
    """An object that is no plain data: equal to nothing but itself, and shown as its own `repr` has it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        """Return the object's `repr`, or what it is if it refuses."""
        try:
            text = repr(self._value)
            return str.__str__(text)
        except BaseException as error:  # noqa: BLE001 - an object of the user's own may raise SystemExit there
            return f"a {self.kind} that cannot be shown ({type(error).__name__})"

    @property
    def kind(self) -> str:
        """The name of its type."""
        return str(type.__getattribute__(type(self._value), "__name__"))


class _Endless:
    def __repr__(self) -> str:
        return "..."


def plain_names(names: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the names of a file with plain values."""
    done: dict[int, Any] = {}
    return {name: _plain(value, done, 0) for name, value in dict.items(dict(names)) if type(name) is str}


def _plain(value: Any, done: dict[int, Any], depth: int) -> Any:
    """Return `value` with dicts, lists, tuples, texts and numbers of exactly these types; anything else becomes `Foreign`.

    `done` has what was met already, so that a structure that contains itself ends, and one that is shared is converted once.
    """
    kind = type(value)
    if kind in _READY:
        return value
    for base, convert in ((int, int.__int__), (float, float.__float__), (str, str.__str__)):
        if issubclass(kind, base):
            return convert(value)
    if not issubclass(kind, dict | list | tuple):
        return Foreign(value)
    if id(value) in done:
        return done[id(value)]
    done[id(value)] = Foreign(_Endless())
    if depth >= _DEEPEST:
        return done[id(value)]
    found: Any
    if issubclass(kind, dict):
        found = {_key(key): _plain(each, done, depth + 1) for key, each in dict.items(value)}
    elif issubclass(kind, list):
        found = [_plain(each, done, depth + 1) for each in list.__iter__(value)]
    else:
        found = tuple(_plain(each, done, depth + 1) for each in tuple.__iter__(value))
    done[id(value)] = found
    return found


def _key(key: Any) -> Any:
    """Return a key that can be compared and printed."""
    found = _plain(key, {}, 0)
    return Foreign(key) if isinstance(found, list | dict | tuple) else found
