"""The way of a record from a log call to the output: completed, summed up if it repeats itself, shown to whoever watches, written."""

from __future__ import annotations

import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from actors.core import events
from actors.core.clock import Clock, iso
from supervisor.journal.levels import LEVELS, Threshold
from supervisor.journal.sentences import sentence
from supervisor.journal.steady import Steady

RECENT: Final = 20
"""Records that `status` repeats."""

Watcher = Callable[[Mapping[str, Any], str], None]
"""What is called, in the thread of the log call, with a record and its sentence; it must neither wait nor raise."""


Follower = Callable[[Mapping[str, Any], str, float], None]
"""What is called, in the thread of the log call, with a record, its sentence, and how many seconds ago it was; as a `Watcher` is."""


class Output(Protocol):
    """Where records end."""

    name: str

    @property
    def dropped(self) -> int:
        """How many records were lost in all."""

    def write(self, record: Mapping[str, Any], message: str) -> None:
        """Write one record; never waits. Any thread."""

    def losses(self) -> int:
        """Return how many were lost since this was last asked, once there is room to say so."""

    def close(self) -> None:
        """Write what waits, within a second."""


class Book:
    """What stands behind every log call. Any thread; nothing in it waits, and nothing a record carries makes it raise."""

    def __init__(self, output: Output, clock: Clock, threshold: Threshold) -> None:
        self.output = output
        self.threshold = threshold
        self.unreadable = 0
        self._steady = Steady(clock)
        self._recent: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._watched: Mapping[str, int] = {}
        self._watcher: Watcher | None = None
        self._follower: Follower | None = None
        self._level = LEVELS[threshold.level]

    def take(self, record: dict[str, Any]) -> None:
        """Take a record from structlog; those below the level come only because somebody watches them."""
        try:
            record = _completed(record)
            sort = events.VOCABULARY[record["event"]].steady if record["event"] in events.VOCABULARY else ""
            admitted = self._steady.admit(sort, record) if sort else record
            if admitted is not None:
                self._deliver(admitted)
        except Exception:  # noqa: BLE001 - a log call must not end an actor
            self.unreadable += 1

    def say(self, level: str, event: str, **facts: Any) -> None:
        """Write a record of the journal's own, whatever the level is set to."""
        record = _completed({"event": event, "level": level, **facts})
        self._write(record, sentence(record))

    def tend(self) -> None:
        """Write what has become due: records held back, and how many were lost. The main thread, now and then."""
        for record in self._steady.due():
            self._deliver(record)
        self._report_losses()

    def set_level(self, level: str) -> str:
        """Keep records from `level` (a key of `LEVELS`) on; return what held before."""
        before = self.threshold.level
        self._level = LEVELS[level]
        self._set_threshold(level)
        if level != before:
            self.say("info", events.LOG_LEVEL_CHANGED, threshold=level, before=before)
        return before

    def watch(self, watched: Mapping[str, int], watcher: Watcher) -> None:
        """Have `watcher` called for the events of `watched` (event -> its lowest level's number), also while the level hides them."""
        self._watched, self._watcher = watched, watcher
        self._set_threshold(self.level)

    def follow(self, follower: Follower) -> None:
        """Have `follower` called for every record from info on, also while the level hides it; first for those that `status` repeats."""
        for record in list(self._recent):
            follower(record, record["message"], time.time() - datetime.fromisoformat(record["time"]).timestamp())
        self._follower = follower
        self._set_threshold(self.level)

    @property
    def level(self) -> str:
        """The level from which on records are kept."""
        return next(name for name, number in LEVELS.items() if number == self._level)

    def state(self) -> dict[str, Any]:
        """Return what `status` says of the log."""
        return {
            "output": self.output.name,
            "level": self.level,
            "dropped": self.output.dropped + self.unreadable,
            "recent": list(self._recent),
        }

    def close(self) -> None:
        """Write everything that waits, within a second."""
        for record in self._steady.rest():
            self._deliver(record)
        self._report_losses()
        self.output.close()

    def _set_threshold(self, level: str) -> None:
        followed = [LEVELS["info"]] if self._follower is not None else []
        lowest = min([LEVELS[level], *self._watched.values(), *followed])
        self.threshold.set(next(name for name, number in LEVELS.items() if number == lowest))

    def _deliver(self, record: dict[str, Any]) -> None:
        number, message = LEVELS.get(record["level"], self._level), sentence(record)
        if number >= self._level:
            self._write(record, message)
        if self._follower is not None and number >= LEVELS["info"]:
            self._follower(record, message, 0.0)
        if record["event"] in self._watched and self._watcher is not None:
            self._watcher(record, message)

    def _write(self, record: dict[str, Any], message: str) -> None:
        self._report_losses()
        if LEVELS.get(record["level"], 0) > LEVELS["debug"] and "text" not in record:
            self._recent.append(
                {
                    "time": iso(time.time()),
                    "event": record["event"],
                    "level": record["level"],
                    "actor": record.get("actor"),
                    "message": message,
                }
            )
        self.output.write(record, message)

    def _report_losses(self) -> None:
        lost = self.output.losses()
        if lost:
            record = _completed({"event": events.RECORDS_DROPPED, "level": "warning", "count": lost})
            self.output.write(record, sentence(record))


def _completed(record: dict[str, Any]) -> dict[str, Any]:
    """Return `record` without what is not known, with its traceback as text, and with its actor under both of its names."""
    whole = {name: value for name, value in record.items() if value is not None}
    error = whole.pop("exc_info", None)
    if error:
        whole["traceback"] = _traceback(error)
    who = whole.get("actor", whole.get("child"))
    return whole if who is None else {**whole, "actor": who, "child": whole.get("child", who)}


def _traceback(error: Any) -> str:
    if isinstance(error, BaseException):
        error = (type(error), error, error.__traceback__)
    elif not isinstance(error, tuple):
        error = sys.exc_info()
    return "".join(traceback.format_exception(*error)).rstrip("\n") if error[0] is not None else ""
