"""Where a device of the kernel is, by what does not change between boots; behind a multiplexer by the link of its channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from actors.bench.buses import BusPath, spot

I2C: Final = re.compile(r"i2c:(\d{1,3})-(00[0-7][0-9a-f])")
OTHERS: Final = re.compile(r"spi:spi\d\.\d|name:[A-Za-z0-9_.-]+")
NAME: Final = "name:"
ALLOWED: Final = "'i2c:1-0040', 'spi:spi0.0', 'name:NAME' or {'parent': 1, 'mux': 0x70, 'channel': 3, 'address': 0x40}, no number of hwmon"
RANGES: Final = {"parent": range(256), "mux": range(0x70, 0x78), "channel": range(8), "address": range(0x08, 0x78)}
"""A multiplexer of the PCA954x family is at 0x70 to 0x77 (SCPS207, device address)."""
Device = Any
"""What an entry says: a text, or a dict."""


def chip_of(device: Device) -> tuple[BusPath, int] | None:
    """Return bus and address of the chip behind, where `device` tells them."""
    if isinstance(device, str):
        found = I2C.fullmatch(device)
        return (BusPath(int(found[1])), int(found[2], 16)) if found else None
    if (
        not isinstance(device, Mapping)
        or device.keys() != RANGES.keys()
        or not all(type(device[key]) is int and device[key] in RANGES[key] for key in RANGES)
    ):
        return None
    return BusPath(device["parent"], device["mux"], device["channel"]), device["address"]


def is_place(device: Device) -> bool:
    """Return whether it says where a device is."""
    return chip_of(device) is not None or (isinstance(device, str) and bool(OTHERS.fullmatch(device)))


def words(device: Device) -> str:
    """Return it in one word, as the log has it."""
    if isinstance(device, str):
        return device
    chip = chip_of(device)
    return "" if chip is None else spot(*chip)


def folder(device: Device) -> str:
    """Return the folder of a device, below `bus` of /sys: a pattern where the number of its bus is the kernel's to give."""
    if isinstance(device, str):
        kind, _, name = device.partition(":")
        return f"{kind}/devices/{name}"
    return f"i2c/devices/{device['parent']}-{device['mux']:04x}/channel-{device['channel']}/*-{device['address']:04x}"
