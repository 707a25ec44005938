"""What a person calls a thing, as the wire wants it: `t_resistance`, `rh_sortie.temp`, `0x48`, `GPIO18`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pilotage.errors import ClientError
from pilotage.places import HEADER, OUTPUT_CHANNEL, Detector, Lists, Output

_ADDRESS: Final = re.compile(r"(0[xX][0-9A-Fa-f]{1,4})(?:\.(.+))?")
_BARE: Final = re.compile(r"(?:(?:gpio|bcm|pin|p)[ _-]?)?([0-9]{1,3})", re.IGNORECASE | re.ASCII)
"""A number alone, or behind a word that says that it is one."""
_PIN: Final = re.compile(r"GPIO([0-9]{1,2})", re.IGNORECASE | re.ASCII)


def to_read(name: str, lists: Lists | None, channel: str | None = None) -> dict[str, Any]:
    """Return the component that reads `name`; raises ClientError `unknown_name` or `ambiguous_name`.

    `lists` is the reply to `scan`; None is enough where `by_place(name)` holds.
    """
    place = _place(name, channel)
    if place is not None or lists is None:
        return place or {}
    thing = _thing(name, lists)
    if thing is None and channel is None and "." in name:
        name, _, channel = name.rpartition(".")
        thing = _sensor(name, lists)
    if thing is None:
        raise _unknown(name if channel is None else f"{name}.{channel}", lists, readable(lists))
    component = _component(thing)
    if "minVal" in thing and "add" in component:
        return {**component, "channel": OUTPUT_CHANNEL}
    return component if channel is None else {**component, "channel": channel}


def to_drive(name: str, lists: Lists | None) -> dict[str, Any]:
    """Return the component that drives the output `name`; raises ClientError `unknown_name`, `ambiguous_name` or `no_output`."""
    place = _place(name, None)
    if place is not None or lists is None:
        return place or {}
    outputs = [output["child"] for output in lists["actuator"]]
    thing = _thing(name, lists)
    if thing is None:
        raise _unknown(name, lists, outputs)
    if "minVal" not in thing:
        raise ClientError("no_output", _no_output(name, outputs))
    return _component(thing)


def output(component: dict[str, Any], lists: Lists) -> Output | None:
    """Return the output that is read or driven as `component`; None if there is none at that place."""
    address = int(component["add"], 16) if "add" in component else None
    for entry in lists["actuator"]:
        at = entry["address"]
        if entry["pin"] == component["pin"] if address is None else at is not None and int(at, 16) == address:
            return entry
    return None


def by_place(name: str) -> bool:
    """Return whether `name` is an address or a pin, which needs no list of names."""
    return _place(name, None) is not None


def readable(lists: Lists) -> list[str]:
    """Return everything that can be read, as a person would write it: outputs, sensors, and channels other than the default one."""
    names = [output["child"] for output in lists["actuator"]]
    for sensor in lists["detector"]:
        names += [sensor["child"], *(f"{sensor['child']}.{channel}" for channel in sensor.get("channels", [])[1:])]
    return list(dict.fromkeys(names))


def _place(name: str, channel: str | None) -> dict[str, Any] | None:
    pin = _PIN.fullmatch(name)
    if pin is not None:
        return {"register": "pin", "pin": int(pin[1])}
    address = _ADDRESS.fullmatch(name)
    if address is None:
        return None
    channel = channel or address[2]
    return {"register": "add", "add": address[1], **({} if channel is None else {"channel": channel})}


def _thing(name: str, lists: Lists) -> Output | Detector | None:
    found: list[Output | Detector] = [thing for thing in _things(lists) if thing["child"] == name]
    found = found or [thing for thing in _things(lists) if thing["name"] == name]
    if len(found) > 1:
        raise ClientError("ambiguous_name", f"{len(found)} things are called {name}: {', '.join(thing['child'] for thing in found)}")
    return found[0] if found else None


def _sensor(name: str, lists: Lists) -> Output | Detector | None:
    thing = _thing(name, lists)
    return None if thing is None or "minVal" in thing else thing


def _things(lists: Lists) -> Iterator[Output | Detector]:
    yield from lists["actuator"]
    yield from lists["detector"]


def _component(thing: Output | Detector) -> dict[str, Any]:
    if thing["pin"] is not None:
        return {"register": "pin", "pin": thing["pin"]}
    return {"register": "add", "add": thing["address"]}


def _unknown(name: str, lists: Lists, known: list[str]) -> ClientError:
    return ClientError("unknown_name", f"nothing is called {name}; {_by_number(name, lists) or _by_letters(name, lists, known)}")


def _by_letters(name: str, lists: Lists, known: list[str]) -> str:
    """Return which name was probably meant, or all that are `known`, the right kind of thing.

    A name that is nearest to a sensor's never proposes an output.
    """
    from difflib import get_close_matches

    same = {thing["title"].casefold(): thing["child"] for thing in [*lists["detector"], *lists["actuator"]]}
    same |= {word.casefold(): word for word in readable(lists)}
    close = same.get(name.casefold()) or next((same[word] for word in get_close_matches(name.casefold(), same, n=1)), None)
    if close is not None and close not in known:
        return _no_output(close, known)
    return f"did you mean {close}?" if close else f"there are: {', '.join(known) or 'none'}"


def _no_output(sensor: str, outputs: list[str]) -> str:
    return f"{sensor} is a sensor and cannot be set; the outputs are: {', '.join(outputs) or 'none'}"


def _by_number(name: str, lists: Lists) -> str:
    """Return what is at the pin or address of this number, as a person who wrote nothing but a number may have meant it; "" for nothing."""
    bare = _BARE.fullmatch(name)
    if bare is None:
        return ""
    number = int(bare[1])
    pins = {output["pin"]: output["child"] for output in lists["actuator"] if output["pin"] is not None}
    addresses = {int(thing["address"], 16): thing["child"] for thing in _things(lists) if thing["address"] is not None}
    found = [f"GPIO{number} is {pins[number]}"] if number in pins else []
    if (pin := HEADER.get(number)) in pins and not found:
        found.append(f"pin {number} of the header is GPIO{pin}, {pins[pin]}")
    written = int(bare[1], 16)
    if written in addresses:
        found.append(f"0x{written:02X} is {addresses[written]}")
    elif number in addresses:
        found.append(f"0x{number:02X}, which is {number} in decimal, is {addresses[number]}")
    return "; ".join(found)
