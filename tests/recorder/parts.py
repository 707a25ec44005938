"""Parts of history as a daemon gives them, made by the test."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pilotage.history.documents import History
from recorder.store.samples import TICK

WALL = 1_700_000_000.0
"""Unix time at which the boot clock was 0, unless a test says otherwise."""
Reading = tuple[float, float | str]
MEMORY = next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)  # noqa: S108 - each test makes a folder of its own there
"""A folder of files in memory, None for none."""


class Parts:
    """A daemon's answers, one after the other. `shift` is the wall clock's advance on the boot clock."""

    def __init__(self, boot_id: str = "first", shift: float = WALL, *, synchronised: bool | None = True) -> None:
        self.boot_id, self.shift, self.synchronised = boot_id, shift, synchronised
        self._cursors = itertools.count(first_cursor(boot_id))

    def part(
        self,
        now: float,
        readings: Mapping[str, Sequence[Reading]] | None = None,
        outputs: Mapping[str, Sequence[tuple[float, float | None, float | None, str]]] | None = None,
        events: Sequence[tuple[float, str]] = (),
        *,
        missed: bool = False,
    ) -> History:
        """Return what was new at `now` (boot clock, s); a text in the place of a number is the code of a fault."""
        columns = [(ats, values) for ats, values in ((zip(*rows, strict=True)) for rows in (readings or {}).values() if rows)]
        names = [name for name, rows in (readings or {}).items() if rows]
        return {
            "cursor": next(self._cursors),
            "missed": missed,
            "more": False,
            "boot_id": self.boot_id,
            "now": now,
            "time": now + self.shift,
            "clock_synchronised": self.synchronised,
            "simulated": True,
            "readings": {
                name: {
                    "at": list(ats),
                    "value": [None if isinstance(value, str) else value for value in values],
                    "fault": [value if isinstance(value, str) else None for value in values],
                }
                for name, (ats, values) in zip(names, columns, strict=True)
            },
            "outputs": {name: _drives(rows) for name, rows in (outputs or {}).items()},
            "events": {
                "at": [at for at, _ in events],
                "event": [name for _, name in events],
                "level": ["info" for _ in events],
                "actor": [None for _ in events],
                "message": [f"{name} happened" for _, name in events],
            },
        }


def first_cursor(boot_id: str) -> int:
    """Return the cursor of the first part of a run: far from those of other ones."""
    return zlib.crc32(boot_id.encode()) << 20


def _drives(rows: Sequence[Any]) -> Any:
    return {key: [row[number] for row in rows] for number, key in enumerate(("at", "asked", "value", "by"))}


def in_ticks(seconds: float) -> float:
    """Return a time as the files keep it."""
    return round(seconds / TICK) * TICK
