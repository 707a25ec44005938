"""A series put together: every so many seconds the mean of what was measured, its extremes, or why there is nothing. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import mul
from typing import Final

from pilotage.history.columns import Series
from recorder.store.minutes import MINUTE, Minutes
from recorder.store.samples import TICK, Samples

_HALF: Final = MINUTE // 2


class Grid:
    """Buckets of `every` ticks from `start` on (ticks of the wall clock), `count` of them."""

    def __init__(self, start: int, every: int, count: int) -> None:
        self.start, self.every, self.count = start, every, count
        self._n = [0] * count
        self._sum = [0.0] * count
        self._low = [float("inf")] * count
        self._high = [float("-inf")] * count
        self._last: list[float | None] = [None] * count
        self._fault: list[str | None] = [None] * count

    def add(self, samples: Samples, shift: int) -> None:
        """Put readings into their buckets; `shift` is what makes their ticks those of the wall clock."""
        if not samples:
            return
        origin = self.start - shift
        first = max((samples.times[0] - origin) // self.every, 0)
        last = min((samples.times[-1] - origin) // self.every, self.count - 1)
        begin = bisect_left(samples.times, origin + first * self.every)
        for bucket in range(first, last + 1):
            end = bisect_left(samples.times, origin + (bucket + 1) * self.every, begin)
            if end == begin:
                continue
            numbers = samples.numbers(begin, end) if samples.faults else samples.values[begin:end]
            if numbers:
                self._put(bucket, len(numbers), sum(numbers), min(numbers), max(numbers), numbers[-1])
            fault = samples.fault_in(end - 1, end) if samples.faults else None
            if fault is not None:
                self._fault[bucket], self._last[bucket] = fault, None
            begin = end

    def add_minutes(self, minutes: Minutes, shift: int) -> None:
        """Put the minutes of a block into their buckets."""
        at, count = minutes.first + shift - self.start + _HALF, len(minutes.counts)
        number = max(-(at // MINUTE), 0)
        while number < count and (bucket := (at + number * MINUTE) // self.every) < self.count:
            end = min(-(-((bucket + 1) * self.every - at) // MINUTE), count)
            self._put_minutes(bucket, minutes, number, end)
            number = end

    def _put_minutes(self, bucket: int, minutes: Minutes, begin: int, end: int) -> None:
        counts = minutes.counts[begin:end]
        if 0 in counts:  # in the places of such a minute there are no numbers
            for number in range(begin, end):
                if minutes.counts[number]:
                    self._put_minutes(bucket, minutes, number, number + 1)
                elif number in minutes.faults:
                    self._fault[bucket], self._last[bucket] = minutes.faults[number], None
            return
        mean = minutes.mean[begin:end]
        total = sum(map(mul, mean, counts))
        self._put(bucket, sum(counts), total, min(minutes.low[begin:end]), max(minutes.high[begin:end]), mean[-1])

    def _put(self, bucket: int, n: int, total: float, low: float, high: float, last: float) -> None:
        self._n[bucket] += n
        self._sum[bucket] += total
        self._low[bucket] = min(self._low[bucket], low)
        self._high[bucket] = max(self._high[bucket], high)
        self._last[bucket] = last

    def hold(self, before: float | None, known: Sequence[tuple[int, int]]) -> None:
        """Let each value go on until the next one, as that of an output does; `before` is that of before the start.

        It goes on only while anything was kept at all: `known` are those spans, in ticks of the wall clock.
        """
        for bucket in range(self.count):
            begin = self.start + bucket * self.every
            if not any(first < begin + self.every and begin <= last for first, last in known):
                before = None
            if before is not None:
                self._low[bucket], self._high[bucket] = min(self._low[bucket], before), max(self._high[bucket], before)
            if self._n[bucket] or self._fault[bucket] is not None:
                before = self._last[bucket]
            if before is not None:
                self._n[bucket], self._sum[bucket] = 1, before

    def series(self, units: str) -> Series:
        """Return it as a series; the time of a row is the beginning of its bucket."""
        there = [n > 0 for n in self._n]
        return Series(
            units,
            [(self.start + bucket * self.every) * TICK for bucket in range(self.count)],
            [total / n if n else None for n, total in zip(self._n, self._sum, strict=True)],
            [None if is_there else fault for is_there, fault in zip(there, self._fault, strict=True)],
            [low if is_there else None for is_there, low in zip(there, self._low, strict=True)],
            [high if is_there else None for is_there, high in zip(there, self._high, strict=True)],
        )
