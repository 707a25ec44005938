"""An actor that changes its state again and again is summed up: the first changes one by one, then one record in a while, and the last."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from actors.core.clock import Clock

BURST: Final = 6
"""Records of one sort and one actor that are kept one by one."""
REFILL: Final = 600.0
"""Seconds after which one more is."""
QUIET: Final = 60.0
"""Seconds without another change after which the last one, held back so far, is recorded: the journal ends with what is true."""
DRIVEN: Final = "driven"
"""What clients do to an output: far more of it is normal, it is one story whoever tells it, and what is a warning in it is always kept."""
DRIVEN_BURST: Final = 120
DRIVEN_REFILL: Final = 0.5
DRIVEN_QUIET: Final = 5.0
"""The same for `DRIVEN`: a scan or a control loop with two steps a second is kept whole for ever, and a flood is two lines a second."""
MANY: Final = 1024
"""Sorts above which those at rest are forgotten."""

Record = dict[str, Any]


@dataclass(slots=True)
class _Sort:
    """What is known of one sort of record of one actor; times in monotonic seconds."""

    burst: int
    refill: float
    quiet: float
    room: float
    at: float
    held: Record | None = None
    count: int = field(default=0)


class Steady:
    """Decides which records pass. Any thread; the lock is held for a few instructions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sorts: dict[Hashable, _Sort] = {}

    def admit(self, sort: str, record: Record) -> Record | None:
        """Return `record` if it is to be kept now, with the number of those that were not before it; None if it is held back."""
        now = self._clock.monotonic()
        driven = sort == DRIVEN
        names = ("actor",) if driven else ("actor", "bus", "channel", "client")
        key = (sort, *(record.get(name) for name in names))
        with self._lock:
            known = self._sorts.get(key)
            if known is None:
                self._forget(now)
                pace = (DRIVEN_BURST, DRIVEN_REFILL, DRIVEN_QUIET) if driven else (BURST, REFILL, QUIET)
                known = self._sorts[key] = _Sort(*pace, room=pace[0], at=now)
            known.room = min(known.room + (now - known.at) / known.refill, known.burst)
            known.at = now
            if known.room < 1 and not (driven and record.get("level") != "info"):
                known.count += known.held is not None
                known.held = record
                return None
            known.room = max(known.room - 1, 0)
            return _released(known, record, known.count + (known.held is not None))

    def due(self) -> list[Record]:
        """Return the records held back by actors that have been quiet since."""
        now = self._clock.monotonic()
        with self._lock:
            return [_released(sort, sort.held, sort.count) for sort in self._sorts.values() if sort.held and now - sort.at >= sort.quiet]

    def rest(self) -> list[Record]:
        """Return everything held back, at the end."""
        with self._lock:
            return [_released(sort, sort.held, sort.count) for sort in self._sorts.values() if sort.held]

    def _forget(self, now: float) -> None:
        if len(self._sorts) >= MANY:
            self._sorts = {key: sort for key, sort in self._sorts.items() if sort.held or now - sort.at < REFILL}


def _released(sort: _Sort, record: Record, repeated: int) -> Record:
    sort.held, sort.count = None, 0
    return record | {"repeated": repeated} if repeated else record
