"""The history of a bench: parts go in as the daemon gives them, columns come out. It outlives full cards, damaged files and set clocks."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, TypeVar

from pilotage.documents import Description
from pilotage.history.columns import Columns, Event
from pilotage.history.documents import History
from pilotage.history.live import units_of
from recorder.store import schema, upkeep
from recorder.store.reader import Reader
from recorder.store.segment import Segment
from recorder.store.states import States
from recorder.store.upkeep import Bounds

COMMIT_EVERY: Final = 10.0
"""Seconds from one commit to the next, which is what a power cut costs at most; each second would wear the card 25 times as much."""
AT_ONCE: Final = 120.0
"""Commits that come at once for an event, and one more each `COMMIT_EVERY`; beyond them only a warning does not wait.

A client that sets an output each second, all day long, would else have a commit each second.
"""
FOLD_EVERY: Final = 3600.0
FOLD_BYTES: Final = 1_000_000
"""Seconds, or bytes, after which what came is folded into blocks."""
SEGMENT_SECONDS: Final = 7 * 86400.0
MOST_PENDING: Final = 100_000
"""Readings that wait while nothing can be written; then the oldest are lost."""

_USUAL: Final = frozenset({"debug", "info"})
Answer = TypeVar("Answer")
Say = Callable[[str, str, str], None]
"""How what happens to the history is told: level, name of the event, sentence."""


class Store:
    """A folder of segments, of which one is written. One thread appends; any thread may ask.

    Nothing raises: what cannot be kept waits, within bounds, and `problem` says why; it is told once when that begins and when it ends.
    """

    def __init__(
        self, folder: Path, bounds: Bounds | None = None, say: Say = lambda *_: None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder: Final = folder
        self.bounds: Final = bounds or Bounds()
        self.problem: str | None = None
        """Why nothing is kept at the moment."""
        self._say, self._now = say, monotonic
        self._units: dict[str, str] = {}
        self._reader = Reader(folder)
        self._segment: Segment | None = None
        self._lock_file: IO[bytes] | None = None
        self._pending: deque[History] = deque()
        self._own: list[Event] = []
        self._lock, self._moving = threading.Lock(), threading.Lock()
        self._at_once = AT_ONCE
        self._moves = 0
        """Odd while something goes from what waits to the card."""
        self._committed = self._folded = monotonic()
        self._lost = self._fresh = False
        self._states = States()
        self._try(self._commit)

    @property
    def position(self) -> tuple[int, str] | None:
        """The cursor with which to go on, and the boot id of what was kept last; None for a new history. The thread that appends."""
        if self._pending:
            return self._pending[-1]["cursor"], self._pending[-1]["boot_id"]
        with contextlib.suppress(sqlite3.Error):
            found = self._segment.position if self._segment is not None else None
            return None if found is None else found[:2]
        return None

    def describe(self, description: Description) -> None:
        """Take over the units of a bench, under which its channels are kept from now on."""
        self._units = units_of(description)

    def append(self, part: History) -> None:
        """Keep a part: at once if it has events, else within `COMMIT_EVERY`."""
        part = self._states.follow(part)
        with self._lock:
            self._pending.append(part)
            waiting = sum(map(_length, self._pending)) if self.problem is not None else 0
            while waiting > MOST_PENDING and len(self._pending) > 1:
                waiting -= _length(self._pending.popleft())
                self._lost = True
        waited, events = self._now() - self._committed, part["events"]
        urgent = bool(events["at"]) and (self._at_once >= 1 or not _USUAL.issuperset(events["level"]))
        if urgent or waited >= COMMIT_EVERY:
            self._at_once = max(min(self._at_once + waited / COMMIT_EVERY, AT_ONCE) - urgent, 0.0)
            self.commit()

    def commit(self) -> None:
        """Write what waits, and do what is due: fold, begin another segment, let the oldest go."""
        self._committed = self._now()
        self._try(self._commit)

    def note(self, level: str, event: str, message: str) -> None:
        """Keep an event of our own with the next part, and tell it."""
        self._own.append(Event(time.time(), event, level, "recorder", message))
        del self._own[:-100]
        self._say(level, event, message)

    def read(self, names: Sequence[str], start: float, end: float, every: float | None = None) -> Columns:
        """Return what was measured, as `Reader.read` does, with what is not on the card yet."""
        return self._steady(lambda waiting: self._reader.read(names, start, end, every, waiting, self._units))

    def events(self, start: float, end: float, most: int = 1000) -> list[Event]:
        """Return the last `most` events from `start` to `end` (Unix seconds), in the order of time."""
        return self._steady(lambda waiting: self._reader.events(start, end, most, waiting))

    def names(self) -> Mapping[str, str]:
        """Return every name that was ever kept, with its units."""
        return self._reader.names(self._waiting(), self._units)

    def _steady(self, question: Callable[[list[History]], Answer]) -> Answer:
        """Return the answer to a question about what is on the card and what waits, during which nothing went from one to the other."""
        for _ in range(2):
            before = self._moves
            answer = question(self._waiting())
            if before == self._moves and before % 2 == 0:
                return answer
        with self._moving:
            return question(self._waiting())

    def size(self) -> int:
        """Return the bytes on the card."""
        return upkeep.total(self.folder)

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.commit()
        self._let_go()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def _let_go(self) -> None:
        """Close the segment that is written; it is opened again, and looked at, before anything else is."""
        segment, self._segment = self._segment, None
        if segment is not None:
            with contextlib.suppress(sqlite3.Error):
                segment.close()

    def _waiting(self) -> list[History]:
        with self._lock:
            return list(self._pending)

    def _try(self, work: Callable[[], None]) -> None:
        """Do what may fail for reasons that are none of ours; note the first failure, and that it is over."""
        try:
            work()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_FULL:
                self._let_go()
            self._fail(str(error))
        except OSError as error:
            self._fail(error.strerror or str(error))
        except sqlite3.Error as error:
            self._set_aside(str(error))
        else:
            if self.problem is not None and self._segment is not None:
                self.problem = None
                gap = "; what was measured meanwhile is lost in part" if self._lost else ""
                self._lost = False
                self.note("info", "history_resumed", f"The history is kept again in {self.folder}{gap}")

    def _fail(self, reason: str) -> None:
        if self.problem is None:
            self.note("warning", "history_stopped", f"Nothing is kept in {self.folder}: {reason}")
        self.problem = reason

    def _set_aside(self, reason: str) -> None:
        """Go on in another segment, and leave the damaged one to whoever wants to look at it."""
        path = None if self._segment is None else self._segment.path
        self._let_go()
        if path is None:
            self._fail(reason)
        else:
            self._replace(path, reason)

    def _replace(self, path: Path, reason: str) -> None:
        try:
            aside = upkeep.set_aside(path)
        except OSError as error:
            self._fail(f"{reason}; {error}")
            return
        self.note("error", "history_damaged", f"{path.name} is damaged ({reason}): it is {aside.name} now, and another one is begun")
        self._try(self._open)

    def _open(self) -> None:
        if self._segment is not None:
            return
        last = max(self.folder.glob("history-*.db"), default=None)
        connection = None
        if last is not None:
            try:
                connection = schema.reopen(last)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                self._replace(last, str(error))
                return
        if last is not None and connection is not None:
            self._segment = Segment(last, connection)
        else:
            self._begin()

    def _begin(self) -> Segment:
        path = upkeep.next_path(self.folder)
        self._segment, self._fresh = Segment(path, schema.create(path)), True
        return self._segment

    def _commit(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if (reason := upkeep.no_room(self.folder, self.bounds, stopped=self.problem is not None)) is not None:
            raise OSError(reason)
        if self._lock_file is None:
            self._lock_file = upkeep.claim(self.folder)
        if self._segment is not None and not self._segment.path.exists():
            self._let_go()  # somebody has deleted it: what is written into it would be lost
        self._open()
        parts, own = self._waiting(), list(self._own)
        if self._segment is None or not parts:
            return
        with self._move():
            self._keep(self._segment, parts, parts[-1], own)
            with self._lock:
                for _ in parts:
                    self._pending.popleft()
        del self._own[: len(own)]
        self._tend(self._segment, parts[-1])

    @contextlib.contextmanager
    def _move(self) -> Iterator[None]:
        """Have questions that are asked meanwhile asked again: what goes to the card must not be in an answer twice, or not at all."""
        with self._moving:
            self._moves += 1
            try:
                yield
            finally:
                self._moves += 1

    def _keep(self, segment: Segment, parts: Sequence[History], last: History, own: Sequence[Event]) -> None:
        """Write parts, of which `last` is the last one there was; a file that is begun says in its own right what every output does."""
        segment.keep([*parts, self._states.part(last)] if self._fresh else parts, self._units, own)
        self._fresh = False

    def _tend(self, segment: Segment, last: History) -> None:
        if segment.waiting > FOLD_BYTES or self._now() - self._folded >= FOLD_EVERY:
            self._folded = self._now()
            segment.fold()
            upkeep.trim(self.folder, segment.path, self.bounds)
        full = upkeep.size(segment.path) > self.bounds.segment or last["time"] - segment.begun > SEGMENT_SECONDS
        if full and segment.finish():
            self._segment = None
            begun = self._begin()
            self._keep(begun, [], last, [])
            upkeep.trim(self.folder, begun.path, self.bounds)


def _length(part: History) -> int:
    return sum(len(column["at"]) for column in part["readings"].values()) + len(part["events"]["at"]) + 1
