"""The segment that is written: what comes in a part goes into it, all of it or nothing, with the cursor of the part that follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pilotage.history.columns import Event
from pilotage.history.documents import History
from recorder.store.minutes import minutes_of, packed
from recorder.store.samples import TICK, Samples, chunk, chunks_in, compressed

ASKED: Final = ".asked"
"""What the channel of an output's set-point is called beside that of what it does."""
CLOCK_EVERY: Final = round(3600 / TICK)
CLOCK_MOVED: Final = round(0.1 / TICK)
"""Ticks after which, or by which the wall clock must have moved against the boot clock before, the two are noted again."""
_TAIL_LEVEL: Final = 1
_BLOCK_LEVEL: Final = 6


def ticks(seconds: float) -> int:
    """Return seconds in the files' unit of time."""
    return round(seconds / TICK)


class Segment:
    """One file, by the only connection that writes it. A method that raises sqlite3.Error has done nothing."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path: Final = path
        self._database = connection
        self._runs: dict[str, int] = {boot_id: run for run, boot_id in self._all("SELECT id, boot_id FROM run")}
        self._channels: dict[tuple[str, int, str], int] = {
            (name, step, units): channel for channel, name, step, units in self._all("SELECT id, name, step, units FROM channel")
        }
        self._clock: dict[int, tuple[int, int, object]] = {
            run: (at, wall, synchronised) for run, at, wall, synchronised in self._all("SELECT run, at, wall, synchronised FROM clock")
        }
        self.waiting: int = self._all("SELECT coalesce(sum(length(data)), 0) FROM tail")[0][0]
        """Bytes of rows that are not folded into blocks yet."""

    @property
    def position(self) -> tuple[int, str, int] | None:
        """The cursor of what is to be kept next, with the boot id and the tick of what was kept last; None for a new history."""
        for rows in ("tail", "position"):
            found = self._all(f"SELECT cursor, boot_id, at FROM {rows} JOIN run ON run.id = run ORDER BY {rows}.rowid DESC LIMIT 1")  # noqa: S608 - two fixed names
            if found:
                cursor, boot_id, at = found[0]
                return cursor, boot_id, at
        return None

    @property
    def begun(self) -> float:
        """When the first part was kept, by the wall clock of then (Unix seconds)."""
        return min((wall * TICK for _, wall, _ in self._clock.values()), default=float("inf"))

    def keep(self, parts: Sequence[History], units: Mapping[str, str], extra: Iterable[Event] = ()) -> None:
        """Write parts, of which there is at least one, and our own events, in one transaction."""
        before = self._channels.copy(), self._runs.copy(), self._clock.copy(), self.waiting
        try:
            with self._transaction():
                for _boot_id, group in groupby(parts, key=lambda part: part["boot_id"]):
                    self._keep(list(group), units)
                run, last = self._run(parts[-1]), parts[-1]
                shift = last["now"] - last["time"]
                rows = [(run, ticks(one.time + shift), one.event, one.level, one.actor, one.message) for one in extra]
                self._database.executemany(_EVENT, rows)
        except BaseException:
            self._channels, self._runs, self._clock, self.waiting = before
            raise

    def _keep(self, parts: list[History], units: Mapping[str, str]) -> None:
        run, last = self._run(parts[0]), parts[-1]
        for part in parts:
            self._note_clock(run, part)
            self._keep_events(run, part)
        found = samples_of(parts)
        chunks = [
            chunk(self._channel(name, step, units.get(name.removesuffix(ASKED) if step else name, "")), piece)
            for (name, step), samples in found.items()
            for piece in samples.without_gaps()
        ]
        blob = compressed(chunks, _TAIL_LEVEL)
        begin, end = (
            min((each.times[0] for each in found.values()), default=None),
            max((each.times[-1] for each in found.values()), default=None),
        )
        self._database.execute(_TAIL, (run, last["cursor"], ticks(last["now"]), begin, end, blob))
        self.waiting += len(blob)

    def _keep_events(self, run: int, part: History) -> None:
        events = part["events"]
        rows = zip(events["at"], events["event"], events["level"], events["actor"], events["message"], strict=True)
        self._database.executemany(_EVENT, [(run, ticks(at), *rest) for at, *rest in rows])
        for output, column in part["outputs"].items():
            drives = list(zip(column["at"], column["asked"], column["value"], column["by"], strict=True))
            # Each change of hands, and of the others the last: what a loop asks for each second is in the readings of its output.
            kept = [one for one, other in zip(drives, [*drives[1:], None], strict=True) if other is None or other[3] != one[3]]
            self._database.executemany(_SET_POINT, [(run, ticks(at), output, *rest) for at, *rest in kept])

    def _run(self, part: History) -> int:
        boot_id = part["boot_id"]
        if boot_id not in self._runs:
            added = self._database.execute("INSERT INTO run (boot_id, simulated) VALUES (?, ?)", (boot_id, part["simulated"]))
            self._runs[boot_id] = added.lastrowid or 0
        return self._runs[boot_id]

    def _channel(self, name: str, step: int, units: str) -> int:
        key = (name, step, units)
        if key not in self._channels:
            self._channels[key] = self._database.execute("INSERT INTO channel (name, step, units) VALUES (?, ?, ?)", key).lastrowid or 0
        return self._channels[key]

    def _note_clock(self, run: int, part: History) -> None:
        at, wall, synchronised = ticks(part["now"]), ticks(part["time"]), part["clock_synchronised"]
        before = self._clock.get(run)
        moved = before is None or abs((wall - at) - (before[1] - before[0])) > CLOCK_MOVED
        if before is None or moved or at - before[0] > CLOCK_EVERY or bool(synchronised) != bool(before[2]):
            self._database.execute("INSERT INTO clock VALUES (?, ?, ?, ?)", (run, at, wall, synchronised))
            self._clock[run] = (at, wall, synchronised)

    def fold(self) -> None:
        """Put the rows of some time into blocks, one per channel: they take a third of the room, and a month is read in no time."""
        position = self.position
        if position is None:
            return
        with self._transaction():
            found: dict[tuple[int, int], Samples] = {}
            for run, blob in self._database.execute("SELECT run, data FROM tail ORDER BY id"):
                for channel, samples in chunks_in(blob):
                    found.setdefault((run, channel), Samples()).extend(samples)
            for (run, channel), samples in found.items():
                for piece in samples.without_gaps():
                    self._add_block(run, channel, piece)
            self._database.execute("DELETE FROM tail")
            cursor, boot_id, at = position
            self._database.execute("INSERT OR REPLACE INTO position VALUES (1, ?, ?, ?)", (cursor, self._runs[boot_id], at))
        self.waiting = 0

    def _add_block(self, run: int, channel: int, samples: Samples) -> None:
        numbers = samples.numbers(0, len(samples))
        whole = (min(numbers), max(numbers), sum(numbers) / len(numbers)) if numbers else (None, None, None)
        blobs = packed(minutes_of(samples)), compressed([chunk(channel, samples)], _BLOCK_LEVEL)
        self._database.execute(_BLOCK, (channel, run, samples.times[0], samples.times[-1], len(samples), *whole, *blobs))

    def finish(self) -> bool:
        """Fold what is left and make it one file that nobody writes any more; return False, still open, if somebody reads it just now."""
        self.fold()
        try:
            self._database.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            # SQLite waits for no reader here (https://www.sqlite.org/pragma.html#pragma_journal_mode).
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        self.close()
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def _all(self, question: str) -> list[tuple[Any, ...]]:
        return self._database.execute(question).fetchall()


_EVENT: Final = "INSERT INTO event (run, at, event, level, actor, message) VALUES (?, ?, ?, ?, ?, ?)"
_TAIL: Final = "INSERT INTO tail (run, cursor, at, first, last, data) VALUES (?, ?, ?, ?, ?, ?)"
_SET_POINT: Final = "INSERT INTO set_point (run, at, output, asked, value, by) VALUES (?, ?, ?, ?, ?, ?)"
_BLOCK: Final = "INSERT INTO block (channel, run, first, last, n, low, high, mean, minutes, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def samples_of(parts: Iterable[History]) -> dict[tuple[str, int], Samples]:
    """Return the readings of parts by name, and whether they hold until the next one: 1 for outputs, 0 for sensors."""
    found: dict[tuple[str, int], Samples] = {}
    for part in parts:
        for name, column in part["readings"].items():
            samples = found.setdefault((name, 0), Samples())
            for at, value, fault in zip(column["at"], column["value"], column["fault"], strict=True):
                samples.add(ticks(at), value, fault)
        for name, drives in part["outputs"].items():
            done, wanted = found.setdefault((name, 1), Samples()), found.setdefault((name + ASKED, 1), Samples())
            for at, asked, value in zip(drives["at"], drives["asked"], drives["value"], strict=True):
                done.add(ticks(at), value, "unknown")
                wanted.add(ticks(at), asked, "nothing_asked")
    return {key: samples for key, samples in found.items() if len(samples)}
