"""Readings of one channel as they are kept: times and numbers side by side, faults as faults, packed small. Pure.

A packed chunk is little-endian whatever the machine: channel, count, first time, faults as JSON, steps of time (int32), values (float64).
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

TICK: Final = 1e-4
"""Seconds of the unit of time in the files; the wire does not tell times finer."""
LONGEST_STEP: Final = round(3600 / TICK)
"""Ticks between two readings of one chunk at most: a longer silence begins another one, so that it costs nobody anything to skip it."""
_HEAD: Final = struct.Struct("<IIqI")
_STEP: Final = "i"
_VALUE: Final = "d"


class Fault(NamedTuple):
    """From the reading number `first` on there was no number, so many `times`, and why: a code of the daemon."""

    first: int
    times: int
    code: str


class Samples:
    """One channel's readings by their times (ticks of the boot clock); where there is no number, the value stands for nothing."""

    __slots__ = ("faults", "times", "values")

    def __init__(self) -> None:
        self.times = array("q")
        self.values = array(_VALUE)
        self.faults: list[Fault] = []

    def __len__(self) -> int:
        return len(self.times)

    def add(self, at: int, value: float | None, fault: str | None) -> None:
        """Append a reading; one that seems to be older than the last counts as taken with it."""
        if self.times and at < self.times[-1]:
            at = self.times[-1]
        if value is None:
            self._fail(len(self.times), 1, fault or "unknown")
        self.times.append(at)
        self.values.append(0.0 if value is None else value)

    def extend(self, other: Samples) -> None:
        """Append all readings of `other`, which are later."""
        for fault in other.faults:
            self._fail(len(self.times) + fault.first, fault.times, fault.code)
        self.times.extend(other.times)
        self.values.extend(other.values)

    def _fail(self, first: int, count: int, code: str) -> None:
        last = self.faults[-1] if self.faults else None
        if last is not None and last.code == code and last.first + last.times == first:
            self.faults[-1] = Fault(last.first, last.times + count, code)
        else:
            self.faults.append(Fault(first, count, code))

    def part(self, begin: int, end: int) -> Samples:
        """Return the readings number `begin` to `end`, without that one."""
        found = Samples()
        found.times, found.values = self.times[begin:end], self.values[begin:end]
        for fault in self.faults:
            first, last = max(fault.first, begin), min(fault.first + fault.times, end)
            if first < last:
                found.faults.append(Fault(first - begin, last - first, fault.code))
        return found

    def between(self, start: int, end: int) -> Samples:
        """Return the readings from `start` to `end` (ticks), without that one."""
        begin, stop = bisect_left(self.times, start), bisect_left(self.times, end)
        return self if (begin, stop) == (0, len(self)) else self.part(begin, stop)

    def without_gaps(self) -> Iterator[Samples]:
        """Yield the stretches in which no step is longer than `LONGEST_STEP`."""
        begin = 0
        for number, (one, other) in enumerate(pairwise(self.times), 1):
            if other - one > LONGEST_STEP:
                yield self.part(begin, number)
                begin = number
        yield self.part(begin, len(self))

    def numbers(self, begin: int, end: int) -> array[float]:
        """Return the values of readings number `begin` to `end` that are numbers."""
        found = self.values[begin:end]
        for fault in reversed(self.faults):
            first, last = max(fault.first, begin), min(fault.first + fault.times, end)
            if first < last:
                del found[first - begin : last - begin]
        return found

    def fault_in(self, begin: int, end: int) -> str | None:
        """Return the last code among readings number `begin` to `end`, None if all of them are numbers."""
        codes = [fault.code for fault in self.faults if fault.first < end and fault.first + fault.times > begin]
        return codes[-1] if codes else None


def chunk(channel: int, samples: Samples) -> bytes:
    """Return readings as bytes, not yet compressed; no step of them may be longer than `LONGEST_STEP`."""
    faults = json.dumps(samples.faults, separators=(",", ":")).encode() if samples.faults else b""
    steps = array(_STEP, [0, *(other - one for one, other in pairwise(samples.times))])
    head = _HEAD.pack(channel, len(samples), samples.times[0], len(faults))
    return head + faults + _turn(steps).tobytes() + _turn(samples.values[:]).tobytes()


def compressed(chunks: Iterable[bytes], level: int) -> bytes:
    """Return chunks as one blob; `level` is that of zlib."""
    return zlib.compress(b"".join(chunks), level)


def chunks_in(blob: bytes, wanted: Container[int] | None = None) -> list[tuple[int, Samples]]:
    """Return (channel, readings) of a blob, of the wanted channels; nothing of one that is damaged, as its checksum tells."""
    try:
        data = zlib.decompress(blob)
    except zlib.error:
        return []
    found, place = [], 0
    while place < len(data):
        channel, count, first, length = _HEAD.unpack_from(data, place)
        steps = place + _HEAD.size + length
        values = steps + 4 * count
        place = values + 8 * count
        if wanted is None or channel in wanted:
            faults = json.loads(data[steps - length : steps]) if length else []
            found.append((channel, _unpacked(first, faults, data[steps:values], data[values:place])))
    return found


def _unpacked(first: int, faults: list[list[int | str]], steps: bytes, values: bytes) -> Samples:
    found, between = Samples(), array(_STEP)
    between.frombytes(steps)
    found.values.frombytes(values)
    _turn(between)
    _turn(found.values)
    found.times = array("q", accumulate(between[1:], initial=first))
    found.faults = [Fault(int(at), int(times), str(code)) for at, times, code in faults]
    return found


def _turn(numbers: array[Any]) -> array[Any]:
    """Turn the bytes of `numbers` round where the machine's own order is not that of the files, and return it."""
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers
