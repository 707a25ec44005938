"""Which segments there are, which stretch of time each of them holds, and which wall clock time a tick of the boot clock was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from recorder.store import schema
from recorder.store.samples import TICK

PATTERN: Final = "history-*.db"
_EARLIER: Final = round(1000 / TICK)
"""Ticks by which readings may be older than the first note of the clock: the daemon remembers a quarter of an hour."""
_LATER: Final = round(7200 / TICK)
"""Ticks by which they may be younger than the last one, which is taken each hour."""


class Note(NamedTuple):
    """What the wall clock said at a tick of the boot clock, in ticks, and whether it had been set; None for not known."""

    boot_id: str
    at: int
    wall: int
    synchronised: int | None


@dataclass(slots=True)
class Contents:
    """What is known of one segment: the notes of the clock, and the names in it with their units."""

    notes: list[Note] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)

    def spans(self) -> dict[str, tuple[int, int]]:
        """Return, for each run of the machine, from which tick to which there may be readings."""
        found: dict[str, tuple[int, int]] = {}
        for note in self.notes:
            first, last = found.get(note.boot_id, (note.at, note.at))
            found[note.boot_id] = min(first, note.at), max(last, note.at)
        return {boot_id: (first - _EARLIER, last + _LATER) for boot_id, (first, last) in found.items()}


class Clocks:
    """The boot clock of each run against the wall clock: by the last note after the clock was set, else by the last note there is.

    One difference holds for the whole run. So what was read before the clock was set is right as well, and order is kept whatever it did.
    """

    def __init__(self, notes: list[Note]) -> None:
        best: dict[str, Note] = {}
        for note in notes:
            known = best.get(note.boot_id)
            if known is None or (bool(note.synchronised), note.at) >= (bool(known.synchronised), known.at):
                best[note.boot_id] = note
        self._shift = {boot_id: note.wall - note.at for boot_id, note in best.items()}
        self._never_set = {boot_id for boot_id, note in best.items() if note.synchronised == 0}
        self._notes = notes

    def shift(self, boot_id: str) -> int:
        """Return what to add to a tick of a run to have it in Unix time."""
        return self._shift[boot_id]

    def unsynchronised(self, start: int, end: int) -> list[tuple[float, float]]:
        """Return the spans between two ticks of Unix time in runs whose clock was known not to be set, ever; in Unix seconds."""
        found = []
        for boot_id in sorted(self._never_set, key=self.shift):
            ats = [note.at + self.shift(boot_id) for note in self._notes if note.boot_id == boot_id]
            first, last = max(min(ats) - _EARLIER, start), min(max(ats) + _LATER, end)
            if first < last:
                found.append((first * TICK, last * TICK))
        return found


class Catalogue:
    """The segments of a folder. What a closed one holds is remembered. One thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[Path, tuple[int, Contents]] = {}

    def paths(self) -> list[Path]:
        """Return the segments, the oldest first; raises OSError where the folder cannot be read."""
        return sorted(self._folder.glob(PATTERN))

    def contents(self) -> Iterator[tuple[Path, Contents]]:
        """Yield every segment that can be read, with what it holds, the oldest first."""
        paths = self.paths()
        self._known = {path: known for path, known in self._known.items() if path in paths}
        for path in paths:
            known = self._known.get(path)
            try:
                changed = path.stat().st_mtime_ns
                if known is None or known[0] != changed or path == paths[-1]:
                    known = self._known[path] = (changed, _contents(path))
            except (OSError, sqlite3.Error):
                continue  # just deleted, or damaged
            yield path, known[1]


def _contents(path: Path) -> Contents:
    with closing(schema.look(path)) as database:
        rows = database.execute("SELECT boot_id, at, wall, synchronised FROM clock JOIN run ON run.id = run ORDER BY clock.rowid")
        notes = [Note(*row) for row in rows]
        return Contents(notes, dict(database.execute("SELECT name, units FROM channel ORDER BY id")))
