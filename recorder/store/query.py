"""Looking into segments: readings and events of a stretch of time. Reads only; every question sees one state of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pilotage.history.columns import Columns, Event, Series
from pilotage.history.documents import History
from recorder.store.catalogue import Clocks
from recorder.store.grid import Grid
from recorder.store.minutes import MINUTE, unpacked
from recorder.store.samples import TICK, Samples, chunks_in
from recorder.store.schema import marks
from recorder.store.segment import samples_of, ticks

BY_MINUTES: Final = 10 * MINUTE
"""Ticks of a bucket from which on the minutes of a block do instead of its readings."""
DENSE: Final = 60
"""Changes of an output in a block from which on its minutes do, too."""
SLACK: Final = round(15 / TICK)
"""Ticks for which an output is known to go on as it was: that long a part may take to the card."""
MOST_BUCKETS: Final = 100_000
"""Rows of a grid at most; more is a slip of the one who asks."""


@dataclass(slots=True)
class Stretch:
    """What is asked for: names, and from when to when in ticks of the wall clock; `every` so many, None for every reading."""

    names: Sequence[str]
    start: int
    end: int
    every: int | None


class Collector:
    """Takes in what is found, name by name, in the order of time, and makes columns of it."""

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self._raw = {name: Series() for name in stretch.names}
        self._grids: dict[str, Grid] = {}
        self._before: dict[str, float | None] = {}
        self._steps: set[str] = set()
        self._known: list[tuple[int, int]] = []
        if stretch.every is not None:
            count = max(-(-(stretch.end - stretch.start) // stretch.every), 1)
            if count > MOST_BUCKETS:
                raise ValueError(f"that makes {count} rows, more than the {MOST_BUCKETS} of one question")
            self._grids = {name: Grid(stretch.start, stretch.every, count) for name in stretch.names}

    def look(self, database: sqlite3.Connection, boot_id: str, shift: int) -> None:
        """Take in what a segment has of one run of the machine."""
        first, last = self.stretch.start - shift, self.stretch.end - shift
        known = database.execute("SELECT id FROM run WHERE boot_id = ?", (boot_id,)).fetchone()
        rows = database.execute(
            f"SELECT id, name, step FROM channel WHERE name IN ({marks(self.stretch.names)})",  # noqa: S608 - question marks
            self.stretch.names,
        ).fetchall()
        if known is None or not rows:
            return
        self._know(database, known[0], shift)
        names = {channel: name for channel, name, _ in rows}
        self._steps |= {name for _, name, step in rows if step}
        for channel, name, step in rows:
            self._look_at_blocks(database, (channel, known[0]), (first, last), name, shift, step=bool(step))
        steps = {channel for channel, _, step in rows if step}
        begin = database.execute("SELECT coalesce(max(id), 0) FROM tail WHERE run = ? AND last < ?", (known[0], first)).fetchone()[0]
        tail = database.execute(
            "SELECT data FROM tail WHERE run = ? AND id >= ? AND first < ? ORDER BY id", (known[0], 0 if steps else begin, last)
        )
        for (blob,) in tail:
            for channel, samples in chunks_in(blob, names):
                self.take(names[channel], samples, shift)

    def _know(self, database: sqlite3.Connection, run: int, shift: int) -> None:
        """Note from when to when anything was kept of a run."""
        ends = [
            database.execute(question, (run,)).fetchone()
            for question in (
                "SELECT min(at), max(at) FROM clock WHERE run = ?",
                "SELECT min(first), max(at) FROM tail WHERE run = ?",
                "SELECT min(at), max(at) FROM position WHERE run = ?",
                "SELECT min(first), max(first) FROM block WHERE run = ?",
            )
        ]
        found = [(first, last) for first, last in ends if first is not None]
        self._known.append((min(first for first, _ in found) + shift, max(last for _, last in found) + shift + SLACK))

    def _look_at_blocks(
        self, database: sqlite3.Connection, key: tuple[int, int], span: tuple[int, int], name: str, shift: int, *, step: bool
    ) -> None:
        # The block that begins last before the start may reach into the stretch; of an output, it tells what held until then.
        begin = database.execute("SELECT max(first) FROM block WHERE channel = ? AND run = ? AND first <= ?", (*key, span[0])).fetchone()[0]
        where = "FROM block WHERE channel = ? AND run = ? AND first >= ? AND first < ? ORDER BY first"
        bounds = (*key, span[0] if begin is None else begin, span[1])
        if self.stretch.every is None or self.stretch.every < BY_MINUTES:
            for (blob,) in database.execute(f"SELECT data {where}", bounds):
                for _channel, samples in chunks_in(blob):
                    self.take(name, samples, shift)
            return
        for identity, n, blob in database.execute(f"SELECT id, n, minutes {where}", bounds).fetchall():
            if step and n < DENSE:
                (data,) = database.execute("SELECT data FROM block WHERE id = ?", (identity,)).fetchone()
                for _channel, samples in chunks_in(data):
                    self.take(name, samples, shift)
            elif (minutes := unpacked(blob)) is not None:
                self._grids[name].add_minutes(minutes, shift)

    def take(self, name: str, samples: Samples, shift: int, *, step: bool = False) -> None:
        """Take in readings of a run."""
        if step:
            self._steps.add(name)
        first, last = self.stretch.start - shift, self.stretch.end - shift
        if name in self._steps and samples.times[0] < first:
            before = samples.between(samples.times[0], first)
            self._before[name] = None if before.fault_in(len(before) - 1, len(before)) else before.values[-1]
        inside = samples.between(first, last)
        if not inside:
            return
        if self._grids:
            self._grids[name].add(inside, shift)
            return
        series = self._raw[name]
        series.time += [(at + shift) * TICK for at in inside.times]
        series.fault += [None] * len(inside)
        series.value += inside.values
        for fault in inside.faults:
            begin = len(series.time) - len(inside) + fault.first
            series.value[begin : begin + fault.times] = [None] * fault.times
            series.fault[begin : begin + fault.times] = [fault.code] * fault.times

    def add_pending(self, parts: Sequence[History], clocks: Clocks) -> None:
        """Take in what is not on the card yet."""
        for boot_id, each in groupby(parts, key=lambda part: part["boot_id"]):
            group = list(each)
            found = samples_of(group)
            first, last = (ticks(part["now"]) + clocks.shift(boot_id) for part in (group[0], group[-1]))
            begin = min((samples.times[0] + clocks.shift(boot_id) for samples in found.values()), default=first)
            self._known.append((min(begin, first - SLACK), last + SLACK))
            for (name, step), samples in found.items():
                if name in self._raw:
                    self.take(name, samples, clocks.shift(boot_id), step=bool(step))

    def columns(self, units: dict[str, str], unsynchronised: list[tuple[float, float]]) -> Columns:
        """Return all that was found."""
        stretch = self.stretch
        every = None if stretch.every is None else stretch.every * TICK
        found = Columns(stretch.start * TICK, stretch.end * TICK, every, {}, unsynchronised)
        for name in stretch.names:
            if self._grids:
                if name in self._steps:
                    self._grids[name].hold(self._before.get(name), self._known)
                found.series[name] = self._grids[name].series(units.get(name, ""))
            else:
                series = found.series[name] = self._raw[name]
                series.units = units.get(name, "")
                if (before := self._before.get(name)) is not None:
                    series.time.insert(0, found.start)
                    series.value.insert(0, before)
                    series.fault.insert(0, None)
                _in_order(series)
        return found


def _in_order(series: Series) -> None:
    """Put rows of runs whose wall clocks overlap in the order of their times."""
    if all(one <= other for one, other in zip(series.time, series.time[1:], strict=False)):
        return
    order = sorted(range(len(series.time)), key=series.time.__getitem__)
    series.time = [series.time[number] for number in order]
    series.value = [series.value[number] for number in order]
    series.fault = [series.fault[number] for number in order]


def events_in(database: sqlite3.Connection, boot_id: str, shift: int, span: tuple[int, int], most: int) -> Iterator[Event]:
    """Yield the last `most` events of a run in a segment, from the latest on; `span` is in ticks of the wall clock."""
    rows = database.execute(
        "SELECT at, event, level, actor, message FROM event JOIN run ON run.id = run "
        "WHERE boot_id = ? AND at >= ? AND at < ? ORDER BY event.id DESC LIMIT ?",
        (boot_id, span[0] - shift, span[1] - shift, most),
    )
    for at, *rest in rows:
        yield Event((at + shift) * TICK, *rest)


def pending_events(parts: Sequence[History], clocks: Clocks) -> Iterator[Event]:
    """Yield the events that are not on the card yet."""
    for part in parts:
        shift, events = clocks.shift(part["boot_id"]), part["events"]
        for number, at in enumerate(events["at"]):
            what = events["event"][number], events["level"][number], events["actor"][number], events["message"][number]
            yield Event((ticks(at) + shift) * TICK, *what)
