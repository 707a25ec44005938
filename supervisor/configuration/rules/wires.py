"""Wire numbers: each has one owner, and whoever has no address of its own on the main bus has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from actors.bench.buses import DEFAULT, WIRE_MAX, WIRE_MIN
from supervisor.configuration.entries import Entry
from supervisor.configuration.problems import Report, address, did_you_mean, shown

_BLOCK: Final = 0x100
"""A proposal is the address plus a multiple of this, so that the address can be read off it."""


def check(outputs: Iterable[Entry], sensors: Iterable[Entry], report: Report) -> None:
    """Refuse a number that two have, that of a channel which does not exist, and a sensor or output that no client could reach."""
    devices = [*((entry, _of_output(entry)) for entry in outputs), *((entry, dict(entry.good.get("wire") or {})) for entry in sensors)]
    holders: dict[int, str] = {}
    for entry, wires in devices:
        for number in wires.values():
            holder = holders.setdefault(number, entry.label)
            if holder != entry.label or list(wires.values()).count(number) > 1:
                entry.error(
                    report, "wire", f"{address(number)}, which {holder} has", "a number that nobody else has", _proposal(entry, holders)
                )
    for entry, wires in devices:
        _check_channels(entry, wires, report)
        if not _is_reached(entry, wires):
            number = _proposal(entry, holders)
            holders[int(number.rpartition(" ")[2], 16)] = entry.label
            text = "a number by which clients reach it: it has no address of its own on I2C_BUS_ID"
            entry.error(report, "wire", shown(wires) if wires else "nothing", text, number)


def _of_output(entry: Entry) -> dict[str, int]:
    number = entry.good.get("wire")
    return {} if number is None else {DEFAULT: number}


def _check_channels(entry: Entry, wires: dict[str, int], report: Report) -> None:
    channels = [channel.name for channel in entry.channels] if entry.options is not None else []
    for name in wires:
        if channels and entry.channel(name) is None:
            entry.error(report, "wire", f"channel {shown(name)}", ", ".join(channels), did_you_mean(name, channels))


def _is_reached(entry: Entry, wires: dict[str, int]) -> bool:
    """Return whether a client can name it: by pin, by its own address, or by the number of its default channel."""
    good, driver = entry.good, entry.driver
    unknown = driver is None or not entry.sound or good.get("wire", "") == "" or "bus" not in good
    if unknown or getattr(driver, "stands_in", False) or DEFAULT in wires or good.get("pin") is not None:
        return True
    if good.get("address") is not None and good["bus"] is None and not getattr(driver, "outputs", 0):
        return True
    return bool(entry.channels) and entry.channels[0].name in wires


def _proposal(entry: Entry, taken: Iterable[int]) -> str:
    numbers = set(taken)
    return f"for example 'wire': 0x{next(number for number in _candidates(entry.good.get('address')) if number not in numbers):X}"


def _candidates(chip: int | None) -> Iterator[int]:
    if chip is not None:
        yield from range(_BLOCK + chip, WIRE_MAX + 1, _BLOCK)
    yield from range(WIRE_MIN if chip is None else _BLOCK, WIRE_MAX + 1)
