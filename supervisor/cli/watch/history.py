"""The values of the last minutes of one channel, and the sparkline they make. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇█"
PLAIN: Final = "_.-~=*#@"
"""The same eight heights for a terminal that knows nothing but ASCII."""
FLAT: Final = 8
"""A channel that moved by less than this many times its resolution is drawn flat: its last digit is noise, not a trend."""


class History:
    """Samples (monotonic seconds, value) of the last `span` seconds, oldest first."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._samples: deque[tuple[float, float]] = deque()
        self._newest: str | None = None

    def add(self, when: float, value: float, stamp: str) -> None:
        """Take a value measured at `when`; one whose time `stamp` was taken before is no news."""
        if stamp == self._newest:
            return
        self._newest = stamp
        self._samples.append((when, value))
        while self._samples and self._samples[0][0] < when - self._span:
            self._samples.popleft()

    def sparkline(self, width: int, now: float, resolution: float | None, levels: str = BLOCKS) -> str:
        """Return `width` characters, the newest at the right; a blank where nothing was measured."""
        step = self._span / width
        columns: dict[int, list[float]] = {}
        for when, value in self._samples:
            column = width - 1 - int((now - when) / step)
            if 0 <= column < width:
                columns.setdefault(column, []).append(value)
        means = {column: sum(values) / len(values) for column, values in columns.items()}
        if not means:
            return " " * width
        low, high = min(means.values()), max(means.values())
        room = max(high - low, FLAT * (resolution or 0.0)) or 1.0
        floor = (low + high - room) / 2
        top = len(levels) - 1
        return "".join(levels[round((means[column] - floor) / room * top)] if column in means else " " for column in range(width))
