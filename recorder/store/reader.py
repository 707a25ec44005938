"""Asking a history: any process that may read the folder can, while another one writes it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pilotage.history.columns import Columns, Event
from pilotage.history.documents import History
from recorder.store import schema
from recorder.store.catalogue import Catalogue, Clocks, Contents, Note
from recorder.store.query import Collector, Stretch, events_in, pending_events
from recorder.store.segment import ASKED, samples_of, ticks

Look = Callable[[sqlite3.Connection, str, int], None]
"""What is done with one run of the machine in one segment: connection, boot id, what makes its ticks those of the wall clock."""


class Reader:
    """Reads a folder of segments. Any thread; one question at a time. What is damaged is left out, and never guessed."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._catalogue = Catalogue(folder)
        self._lock = threading.Lock()

    def read(
        self,
        names: Sequence[str],
        start: float,
        end: float,
        every: float | None = None,
        pending: Sequence[History] = (),
        units: Mapping[str, str] | None = None,
    ) -> Columns:
        """Return what was measured from `start` to `end` (Unix seconds), in means over `every` seconds, or each reading if that is None.

        A name is that of a channel or an output; with `.asked` behind it, the set-point of an output. A name that nothing ever had gives
        an empty series. `pending` is what is not on the card yet, and `units` are those of its names.
        Raises ValueError for more rows of means than one answer may have.
        """
        stretch = Stretch(list(dict.fromkeys(names)), ticks(start), ticks(end), None if every is None else max(ticks(every), 1))
        with self._lock:
            known, clocks, named = self._known(pending, units or {})
            found = Collector(stretch)
            self._look_into(known, clocks, (stretch.start, stretch.end), found.look)
            found.add_pending(pending, clocks)
        return found.columns(named, clocks.unsynchronised(stretch.start, stretch.end))

    def events(self, start: float, end: float, most: int = 1000, pending: Sequence[History] = ()) -> list[Event]:
        """Return the last `most` events from `start` to `end` (Unix seconds), in the order of time."""
        first, last = ticks(start), ticks(end)
        with self._lock:
            known, clocks, _ = self._known(pending, {})
            found = [one for one in pending_events(pending, clocks) if start <= one.time < end]

            def look(database: sqlite3.Connection, boot_id: str, shift: int) -> None:
                if len(found) < most:
                    found.extend(events_in(database, boot_id, shift, (first, last), most - len(found)))

            self._look_into(list(reversed(known)), clocks, (first, last), look)
        return sorted(found, key=lambda one: one.time)[-most:]

    def names(self, pending: Sequence[History] = (), units: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return every name that was ever kept, with its units."""
        with self._lock:
            return self._known(pending, units or {})[2]

    def _known(self, pending: Sequence[History], given: Mapping[str, str]) -> tuple[list[tuple[Path, Contents]], Clocks, dict[str, str]]:
        known = list(self._catalogue.contents())
        notes = [note for _, contents in known for note in contents.notes]
        notes += [Note(part["boot_id"], ticks(part["now"]), ticks(part["time"]), _flag(part["clock_synchronised"])) for part in pending]
        units = {name: unit for _, contents in known for name, unit in contents.units.items()}
        waiting = {name: given.get(name.removesuffix(ASKED), "") for name, _ in samples_of(pending)}
        return known, Clocks(notes), {**waiting, **units}

    @staticmethod
    def _look_into(known: Sequence[tuple[Path, Contents]], clocks: Clocks, span: tuple[int, int], look: Look) -> None:
        """Call `look` for each segment and run that may hold anything of a span, in ticks of the wall clock.

        What is deleted meanwhile, or damaged, is left out: every block stands on a checksum.
        """
        for path, contents in known:
            shifts = {boot_id: clocks.shift(boot_id) for boot_id in contents.spans()}
            runs = [
                boot_id
                for boot_id, (begin, end) in contents.spans().items()
                if begin + shifts[boot_id] < span[1] and end + shifts[boot_id] >= span[0]
            ]
            with contextlib.suppress(sqlite3.Error):
                if runs:
                    with contextlib.closing(schema.look(path)) as database:
                        database.execute("BEGIN")
                        for boot_id in runs:
                            look(database, boot_id, shifts[boot_id])


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)
