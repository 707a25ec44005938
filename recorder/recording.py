"""Following a daemon and keeping what it tells: the loop of the recorder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from pilotage.client import Client
from pilotage.errors import ClientError, UnreachableError
from pilotage.history.documents import History
from recorder.store import Store

PACE: Final = 1.0
"""Seconds that a part covers; an event comes at once."""
AGAIN: Final = 1.0
"""Seconds after which a daemon that does not answer is asked again."""
_RUN: Final = 1 << 36
"""Entries that no run of a daemon gets to: years of a hundred channels at 10 Hz. Another run is farther away, but for one in 10^4."""


class Recorder:
    """Takes every part from the daemon into the store, and hands it to `followers`.

    Its client is its own: while it waits for news, nobody else is served through it.
    """

    def __init__(self, store: Store, client: Client) -> None:
        self._store, self._client = store, client
        self.followers: list[Callable[[History], None]] = []
        """Called with each part, in the thread of `run`, about once a second; one that raises is called no more."""
        self.reached = threading.Event()
        """Set while the daemon answers."""
        self._described = False

    def run(self, stop: threading.Event) -> None:
        """Follow the daemon until `stop` is set, through its restarts and absences, and write what waits at the end. Never raises."""
        position = self._store.position
        cursor = None if position is None else position[0]
        while not stop.is_set():
            try:
                self._describe()
                cursor = self._take(self._client.history_since(cursor, PACE, news="events"), cursor)
            except UnreachableError as error:
                self._unreached(error)
                stop.wait(AGAIN)
            except ClientError as error:
                self._unreached(error)
                stop.wait(10 * AGAIN)
        self._store.close()

    def _describe(self) -> None:
        if not self._described:
            self._store.describe(self._client.describe())
            self._described = True

    def _take(self, part: History, cursor: int | None) -> int:
        if not self.reached.is_set():
            self.reached.set()
        if part["missed"] and cursor is not None and 0 <= part["cursor"] - cursor < _RUN:
            self._store.note(
                "warning", "history_missed", "What the daemon measured before it was asked again is lost: it remembers minutes"
            )
        if {"config_reloaded", "daemon_started"} & set(part["events"]["event"]):
            self._described = False
        self._store.append(part)
        for follower in list(self.followers):
            try:
                follower(part)
            except Exception as error:  # noqa: BLE001 - who looks on must not end the recording
                self.followers.remove(follower)
                self._store.note("error", "internal_error", f"A follower of the history failed: {type(error).__name__}: {error}")
        return part["cursor"]

    def _unreached(self, error: ClientError) -> None:
        """Say once that the daemon does not answer; what is known of it is asked for anew."""
        self._described = False
        if self.reached.is_set():
            self.reached.clear()
            self._store.note("warning", "history_waits", f"The daemon is asked again each second: {error}")
