"""What a library says a chip measured: none of it is a value before it has been looked at."""

from __future__ import annotations

import math
from typing import Any

from actors.drivers.base import Value
from actors.drivers.ends import within
from actors.drivers.library.chip import Opened, read_pointer
from actors.drivers.library.record import Part
from actors.errors import TransientError

POLL = 0.1
"""Seconds between two questions whether there is a new sample."""


def values_of(opened: Opened, address: int) -> dict[str, Value]:
    """Return the channels of one measurement. Raises TransientError `not_converted`, `bad_frame`, and what `Opened.call` raises."""
    record, guard = opened.record, opened.guard
    if record.ready:
        _wait_for_new(opened, address)
    known: dict[Any, Any] = {}
    for part in record.parts:
        if (part.read, part.arguments) not in known:
            known[part.read, part.arguments] = opened.call(lambda part=part: _read(opened.object, part))  # type: ignore[misc]
    for method in record.then:
        opened.call(getattr(opened.object, method))
    if guard.seen == {0xFF} or (guard.seen == {0x00} and not _proven(opened, address)):
        sent = f"0x{min(guard.seen):02X}"
        raise TransientError("bad_frame", f"the {record.chip} at 0x{address:02X} sent nothing but {sent}: it may have measured nothing")
    return {part.name: _value(opened, part, known[part.read, part.arguments]) for part in record.parts}


def _proven(opened: Opened, address: int) -> bool:
    """Return whether zeros may be true: by a checksum, by the chip's identity, or by what else it holds."""
    record = opened.record
    if record.trusted or record.ids or not record.proof:
        return record.trusted or bool(record.ids)
    found = ((read_pointer(opened.guard, address, pointer, rule[0]), rule) for pointer, rule in record.proof.items())
    return all(word & mask == value for word, (_, mask, value) in found)


def _wait_for_new(opened: Opened, address: int) -> None:
    record, guard = opened.record, opened.guard
    until = guard.monotonic() + record.patience
    while not opened.call(lambda: getattr(opened.object, record.ready)):
        if guard.monotonic() + POLL > until:
            raise TransientError("not_converted", f"the {record.chip} at 0x{address:02X} has no new sample: did it lose its power?")
        guard.sleep(POLL)


def _read(thing: Any, part: Part) -> Any:
    for name in part.read.split("."):
        thing = getattr(thing, name)
    return thing if part.arguments is None else thing(*part.arguments)


def _value(opened: Opened, part: Part, found: Any) -> Value:
    if part.index is not None and isinstance(found, list | tuple) and part.index < len(found):
        found = found[part.index]
    number = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else math.nan
    if not math.isfinite(number) or number in part.forbidden:
        raise TransientError("bad_frame", f"the {opened.record.chip} gave {found!r} as {part.name}: nothing was measured")
    value = number * part.scale + part.offset
    return within(value, part.lowest, part.highest, opened.record.chip, 0.0, part.units)
