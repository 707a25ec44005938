"""What the page asks the history: a curve, events, a table. In threads of its own: a card keeps nobody waiting but who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, Final, TypeVar

from pilotage.history.columns import Columns, Series
from pilotage.history.table import FRENCH, Style, lines
from recorder.store import Store

T = TypeVar("T")
MOST_NAMES: Final = 200
MOST_ROWS: Final = 100_000
"""Rows of one answer; the question is to be asked in pieces beyond that."""
RAW: Final = 6 * 3600.0
"""Seconds of which every reading is handed on at once."""
PIECE: Final = 5000
"""Rows of a table that are in memory together."""
BUCKETS: Final = 360
"""Points of a curve: as many as a telephone has columns."""


class BadQuestionError(ValueError):
    """What was asked for cannot be answered, as its sentence says."""


class Questions:
    """Asks the store. The loop's thread."""

    def __init__(self, store: Store, units: Callable[[], Mapping[str, str]]) -> None:
        self._store, self._units = store, units
        self._threads = ThreadPoolExecutor(2, "history")
        self.exporting = asyncio.Lock()
        """Held while a table is written: one at a time."""

    async def _do(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)

    def close(self) -> None:
        """End its threads, once they have answered."""
        self._threads.shutdown(cancel_futures=True)

    async def _read(self, names: Sequence[str], start: float, end: float, every: float | None) -> Columns:
        """Read a stretch; units of what has not reached the card yet are as the daemon tells them."""
        found, units = await self._do(lambda: self._store.read(names, start, end, every)), self._units()
        for name, series in found.series.items():
            series.units = series.units or units.get(name, "")
        return found

    async def columns(self, names: Sequence[str], span: tuple[float, float], every: float | None) -> Columns:
        """Return what `Client.history` on another computer asks for; raises BadQuestionError."""
        names = await self.known(names)
        start, end = span
        if every is None and end - start > RAW:
            raise BadQuestionError(f"every reading of at most {RAW / 3600:g} h at once; ask in pieces, or with `every`")
        if every is not None and (end - start) / every > MOST_ROWS:
            raise BadQuestionError(f"more than {MOST_ROWS} rows; ask in pieces")
        return await self._read(names, start, end, every)

    async def known(self, names: Sequence[str]) -> list[str]:
        """Return the names, all there are for none; raises BadQuestionError for one that nothing was kept of."""
        there = await self._do(self._store.names)
        if unknown := [name for name in names if name not in there][:1]:
            raise BadQuestionError(f"nothing was kept of {unknown[0]}")
        return list(dict.fromkeys(names))[:MOST_NAMES] or sorted(there)[:MOST_NAMES]

    async def curve(self, span: tuple[float, float]) -> dict[str, Any]:
        """Return all there is of a stretch, put together to as many points as a screen has."""
        start, end = span
        every = max((end - start) / BUCKETS, 1.0)
        start = start // every * every
        names = await self.known([])
        found = await self._read(names, start, end, every)
        events = await self._do(lambda: self._store.events(start, end, 500))
        time = next((series.time for series in found.series.values()), [])
        return {
            "from": start,
            "every": every,
            "time": [round(at, 2) for at in time],
            "series": {name: _drawn(series) for name, series in found.series.items()},
            "events": [asdict(event) for event in events],
            "unsynchronised": found.unsynchronised,
        }

    async def events(self, span: tuple[float, float], most: int) -> list[dict[str, Any]]:
        """Return the last events of a stretch."""
        found = await self._do(lambda: self._store.events(*span, most))
        return [asdict(event) for event in found]

    async def table(self, names: Sequence[str], span: tuple[float, float], every: float, *, french: bool) -> AsyncIterator[str]:
        """Yield a table as CSV, piece by piece."""
        wanted, style, head = await self.known(names), FRENCH if french else Style(), True
        start, end = span[0] // every * every, span[1]
        while start < end:
            stop = min(start + PIECE * every, end)
            found = await self._read(wanted, start, stop, every)
            rows = list(lines([found], style))
            yield "".join(rows if head else rows[2:])
            start, head = stop, False


def _drawn(series: Series) -> dict[str, Any]:
    """Return a series as short as a screen can tell: five digits, and the faults as [first, count, code]."""
    faults: list[list[Any]] = []
    for place, fault in enumerate(series.fault):
        if fault is None:
            continue
        if faults and faults[-1][2] == fault and faults[-1][0] + faults[-1][1] == place:
            faults[-1][1] += 1
        else:
            faults.append([place, 1, fault])
    same = series.low == series.value and series.high == series.value
    short = {"units": series.units, "value": _short(series.value), "faults": faults}
    return short if same or not series.low else {**short, "low": _short(series.low), "high": _short(series.high)}


def _short(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else float(f"{value:.5g}") for value in values]


def asked(arguments: Mapping[str, str], now: float) -> tuple[float, float]:
    """Return from when to when something is asked for (Unix seconds); the `last` ten minutes for nothing. Raises BadQuestionError."""
    try:
        end = float(arguments.get("to") or now)
        start = float(arguments.get("from") or end - float(arguments.get("last") or 600))
    except ValueError:
        raise BadQuestionError("from and to are Unix seconds, last is a number of seconds") from None
    if not 0 <= start < end < 1e11:  # noqa: PLR2004 - year 5138; also turns away inf and nan
        raise BadQuestionError("from and to are Unix seconds, from before to")
    return start, end
