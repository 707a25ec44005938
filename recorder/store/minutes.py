"""The minutes of a block: extremes and mean of each, so that a month is drawn without unpacking a month. Pure."""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from recorder.store.samples import TICK, Samples

MINUTE: Final = round(60 / TICK)
"""Ticks of a minute; the minutes of a block are counted from its first reading."""
_HEAD: Final = struct.Struct("<IqI")


@dataclass(slots=True)
class Minutes:
    """One entry per minute from `first` (ticks) on: how many numbers, their extremes and mean; a code where there were faults alone."""

    first: int
    counts: array[int]
    low: array[float]
    high: array[float]
    mean: array[float]
    faults: dict[int, str]


def minutes_of(samples: Samples) -> Minutes:
    """Return the minutes of readings, of which there is at least one."""
    first = samples.times[0]
    found = Minutes(first, array("I"), array("d"), array("d"), array("d"), {})
    begin = 0
    for number in range((samples.times[-1] - first) // MINUTE + 1):
        end = bisect_left(samples.times, first + (number + 1) * MINUTE, begin)
        numbers = samples.numbers(begin, end) if samples.faults else samples.values[begin:end]
        found.counts.append(len(numbers))
        found.low.append(min(numbers, default=0.0))
        found.high.append(max(numbers, default=0.0))
        found.mean.append(sum(numbers) / len(numbers) if numbers else 0.0)
        if not numbers and (fault := samples.fault_in(begin, end)) is not None:
            found.faults[number] = fault
        begin = end
    return found


def packed(minutes: Minutes) -> bytes:
    """Return minutes as a blob."""
    faults = json.dumps(minutes.faults, separators=(",", ":")).encode() if minutes.faults else b""
    count = len(minutes.counts)
    columns = [struct.pack(f"<{count}I", *minutes.counts)]
    columns += [struct.pack(f"<{count}d", *column) for column in (minutes.low, minutes.high, minutes.mean)]
    return zlib.compress(_HEAD.pack(count, minutes.first, len(faults)) + faults + b"".join(columns), 6)


def unpacked(blob: bytes) -> Minutes | None:
    """Return what `packed` made a blob of, None for one that is damaged, as its checksum tells."""
    try:
        data = zlib.decompress(blob)
    except zlib.error:
        return None
    count, first, length = _HEAD.unpack_from(data)
    place = _HEAD.size + length
    faults = {int(number): str(code) for number, code in json.loads(data[_HEAD.size : place]).items()} if length else {}
    counts = struct.unpack_from(f"<{count}I", data, place)
    low, high, mean = (struct.unpack_from(f"<{count}d", data, place + 4 * count + 8 * count * column) for column in range(3))
    return Minutes(first, array("I", counts), array("d", low), array("d", high), array("d", mean), faults)
