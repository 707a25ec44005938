"""`channels` of `config.py`, for drivers whose channels the bench owner names: a dict by name of dicts by key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from actors.drivers.base import Channel

REQUIRED: Final = object()


class Key(NamedTuple):
    """One key of a channel: what is right, how that is said, and what holds without it (`REQUIRED`: nothing does)."""

    right: Callable[[Any], bool]
    allowed: str
    default: Any = REQUIRED


def is_number(value: Any) -> bool:
    """Return whether it is a finite number."""
    return type(value) in {int, float} and math.isfinite(value)


def is_word(value: Any) -> bool:
    """Return whether it can be a channel's name."""
    return isinstance(value, str) and value.isidentifier() and value.isascii()


UNITS: Final = Key(lambda value: isinstance(value, str) and len(value) <= 20, "a text of up to 20 characters", "")  # noqa: PLR2004
LOWEST: Final = Key(lambda value: value is None or is_number(value), "a number", None)
SCALE: Final = Key(lambda value: is_number(value) and value != 0, "a number other than 0", 1.0)
OFFSET: Final = Key(is_number, "a number", 0.0)


def named(value: Any, keys: Mapping[str, Key], name: str = "channels") -> dict[str, dict[str, Any]]:
    """Return the channels with every key; raises ValueError `channels is ..., allowed: ...`."""
    if type(value) is not dict or not value or not all(is_word(channel) for channel in value):
        example = f"{{'name': {{{', '.join(f'{key!r}: {each.allowed}' for key, each in keys.items())}}}}}"
        raise ValueError(f"{name} is {value!r}, allowed: a dict {example}, a name being letters, digits and _")
    return {channel: _filled(channel, given, keys, name) for channel, given in value.items()}


def _filled(channel: str, given: Any, keys: Mapping[str, Key], name: str) -> dict[str, Any]:
    if type(given) is not dict or given.keys() - keys.keys():
        raise ValueError(f"{name}.{channel} is {given!r}, allowed: a dict with {', '.join(map(repr, keys))}")
    whole = {key: given.get(key, each.default) for key, each in keys.items()}
    for key, each in keys.items():
        if whole[key] is REQUIRED or not each.right(whole[key]):
            found = "nothing" if whole[key] is REQUIRED else repr(whole[key])
            raise ValueError(f"{name}.{channel}.{key} is {found}, allowed: {each.allowed}")
    lowest, highest = whole.get("min"), whole.get("max")
    if lowest is not None and highest is not None and lowest >= highest:
        raise ValueError(f"{name}.{channel}.max is {highest!r}, allowed: more than 'min', {lowest!r}")
    return whole


def channel(name: str, whole: Mapping[str, Any]) -> Channel:
    """Return the channel that `named` has read."""
    return Channel(name, whole["units"], lowest=whole.get("min"), highest=whole.get("max"))
