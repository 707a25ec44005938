"""What a person calls a thing, as the wire wants it: `t_resistance`, `rh_sortie.temp`, `0x48`, `GPIO18`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from actors.errors import RefusedError
from supervisor.documents import Detector, Lists, Output

_ADDRESS: Final = re.compile(r"(0[xX][0-9A-Fa-f]{1,2})(?:\.(.+))?")
_PIN: Final = re.compile(r"GPIO([0-9]{1,2})", re.IGNORECASE | re.ASCII)


def to_read(name: str, lists: Lists | None, channel: str | None = None) -> dict[str, Any]:
    """Return the component that reads `name`; raises RefusedError `unknown_name`, `ambiguous_name` or `shared_address`.

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
        raise _unknown(name if channel is None else f"{name}.{channel}", readable(lists))
    component = _component(thing)
    if "minVal" in thing and "add" in component and component["add"] in {sensor["address"] for sensor in lists["detector"]}:
        text = f"{name} is driven at {component['add']}, where a sensor is read; its read-back is in `status`"
        raise RefusedError("shared_address", text)
    return component if channel is None else {**component, "channel": channel}


def to_drive(name: str, lists: Lists | None) -> dict[str, Any]:
    """Return the component that drives the output `name`; raises RefusedError `unknown_name`, `ambiguous_name` or `no_output`."""
    place = _place(name, None)
    if place is not None or lists is None:
        return place or {}
    outputs = [output["child"] for output in lists["actuator"]]
    thing = _thing(name, lists)
    if thing is None:
        raise _unknown(name, outputs)
    if "minVal" not in thing:
        raise RefusedError("no_output", f"{name} is a sensor; the outputs are: {', '.join(outputs) or 'none'}")
    return _component(thing)


def by_place(name: str) -> bool:
    """Return whether `name` is an address or a pin, which needs no list of names."""
    return _place(name, None) is not None


def readable(lists: Lists) -> list[str]:
    """Return everything that can be read, as a person would write it: outputs, sensors, and channels other than the default one."""
    names = [output["child"] for output in lists["actuator"]]
    for sensor in lists["detector"]:
        names += [sensor["child"], *(f"{sensor['child']}.{channel}" for channel in sensor.get("channels", [])[1:])]
    return names


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
        raise RefusedError("ambiguous_name", f"{len(found)} things are called {name}: {', '.join(thing['child'] for thing in found)}")
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


def _unknown(name: str, known: list[str]) -> RefusedError:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    tail = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
    return RefusedError("unknown_name", f"nothing is called {name}; {tail}")
