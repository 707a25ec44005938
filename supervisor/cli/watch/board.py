"""Everything that `pilotage watch` knows: the last document, the histories of the values, the events seen. Pure; times are given."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pilotage.documents import Description, Status
from supervisor.cli.report import Scales, scales_of, titles_of
from supervisor.cli.watch.changes import Change, changes, first_sight, started_anew
from supervisor.cli.watch.history import History

EVENTS: Final = 200
TOLERANCE: Final = 1.0
"""Seconds by which the start of one and the same daemon may seem to move: answers take their time."""


@dataclass(slots=True)
class Board:
    """`now` is monotonic seconds, `wall` Unix time, `span` how many seconds a sparkline covers."""

    endpoint: str
    span: float
    status: Status | None = None
    scales: Scales = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    histories: dict[tuple[str, str], History] = field(default_factory=dict)
    events: deque[tuple[float, Change]] = field(default_factory=lambda: deque(maxlen=EVENTS))
    seen_at: float = 0.0
    silent_since: float | None = None
    scroll: int = 0

    def restarted(self, status: Status, now: float) -> bool:
        """Return whether the daemon has been started since the document before."""
        if self.status is None:
            return False
        up, before = status["uptime_s"], self.status["uptime_s"]
        return up < before or now - up > self.seen_at - before + TOLERANCE

    def needs_description(self, status: Status, now: float) -> bool:
        """Return whether units must be asked for: at first, after a restart, when there is something new on the bench."""
        known = {child for child, _ in self.scales}
        here = {name for name, child in status["children"].items() if child["kind"] in {"sensor", "output"}}
        return self.status is None or self.restarted(status, now) or not here <= known

    def see(self, status: Status, description: Description | None, now: float, wall: float) -> None:
        """Take a new document."""
        if description is not None:
            self.scales, self.titles = scales_of(description), titles_of(description)
        if self.silent_since is not None:
            self._note(wall, Change("the daemon answers again", "good"))
            self.silent_since = None
        if self.status is None:
            self._remember(status)
            found = first_sight(status)
        else:
            found = started_anew(status) if self.restarted(status, now) else changes(self.status, status, self.scales)
        for change in found:
            self._note(wall, change)
        self.status, self.seen_at = status, now
        self._sample(status, now)

    def miss(self, reason: str, now: float, wall: float) -> None:
        """Take note that the daemon did not answer."""
        if self.silent_since is None:
            self.silent_since = now
            self._note(wall, Change(reason, "bad"))

    def _note(self, wall: float, change: Change) -> None:
        self.events.append((wall, change))

    def _remember(self, status: Status) -> None:
        """Fill the list of events with the last error of every child, as far as the daemon remembers."""
        old = []
        for name, child in status["children"].items():
            error, when = child["last_error"], child["last_error_at"]
            if error is not None and when is not None and child["error"] is None:
                old.append((datetime.fromisoformat(when).timestamp(), Change(f"{name}: {error['message']}", "plain")))
        self.events.extend(sorted(old))

    def _sample(self, status: Status, now: float) -> None:
        for name, child in status["children"].items():
            last = child.get("last")
            if last is None:
                continue
            for channel, value in last["values"].items():
                history = self.histories.setdefault((name, channel), History(self.span))
                if value is not None:
                    history.add(now - last["age_s"], value, last["time"])
