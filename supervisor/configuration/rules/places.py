"""Where a chip is and by which numbers clients reach it, as `config.py` writes it: `bus` and `wire`; and where a daemon listens."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

from actors.bench.buses import DEFAULT, WIRE_MAX, WIRE_MIN, BusPath

BUSES: Final = "a number from 0 to 255, or {'parent': 1, 'mux': 0x70, 'channel': 3}"
WIRES: Final = f"0x{WIRE_MIN:02X} to 0x{WIRE_MAX:04X}"
MUX_MIN, MUX_MAX = 0x70, 0x77
"""Where multiplexers of the PCA954x family can be (SCPS207, device address)."""
CHANNELS: Final = 8
"""Of the largest of them, the PCA9548 (SCPS207, features)."""
BUS_MAX: Final = 255
_KEYS: Final = {"parent": range(BUS_MAX + 1), "mux": range(MUX_MIN, MUX_MAX + 1), "channel": range(CHANNELS)}


def bus_path(value: Any) -> BusPath | None:
    """Return the bus that an entry names; None for the bench's own. Raises ValueError."""
    if value is None:
        return None
    if type(value) is int and 0 <= value <= BUS_MAX:
        return BusPath(value)
    if type(value) is dict and value.keys() == _KEYS.keys() and all(type(value[key]) is int and value[key] in _KEYS[key] for key in _KEYS):
        return BusPath(value["parent"], value["mux"], value["channel"])
    raise ValueError


def wires(value: Any) -> dict[str, int]:
    """Return channel -> number of a sensor's `wire`; a number alone is that of its default channel. Raises ValueError."""
    if value is None:
        return {}
    found = {DEFAULT: value} if type(value) is int else value
    if type(found) is not dict or not found or not all(type(channel) is str and is_wire(number) for channel, number in found.items()):
        raise ValueError
    return dict(found)


def is_wire(number: Any) -> bool:
    """Return whether it is a number that can stand for no I2C address, and that a request can carry."""
    return type(number) is int and WIRE_MIN <= number <= WIRE_MAX


def bind_address(text: str) -> str:
    """Return `text` if a daemon could listen there; raises ValueError."""
    if text != "*" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", text):
        ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    if re.fullmatch(r"[0-9.]+", text):
        ipaddress.IPv4Address(text)
    return text
