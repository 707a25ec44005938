"""Whether the daemon works from end to end: a word goes round from the main thread through supervisor, gateway, supervisor and back.

The gateway answers it from the loop that serves clients, and the supervisor passes it on only if no child is overdue. Never a timer's word.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from actors.core import events
from actors.core.clock import Clock
from actors.messages import Alive, Probe, Tell

log = structlog.get_logger()

PROBE_EVERY: Final = 1.45
"""Seconds between two words, at least: at every third look of the main thread, half a second apart."""
SILENCE: Final = 3.0
"""Seconds without an answer after which that is recorded, with all stacks: less than any bound after which somebody acts."""
STANDSTILL: Final = 1.0
"""Seconds between two looks above which the process, or its main thread, stood still."""
FIRST_NUMBER: Final = 2
"""1 is the supervisor's own probe of a gateway that has just begun to serve."""


class Liveness:
    """The main thread's half. `look` often, the rest goes by the clock; `hear` may be called in any thread."""

    def __init__(self, ask: Tell, clock: Clock, *, feed: Callable[[], object], feed_every: float, on_silence: Callable[[], None]) -> None:
        """Ask through `ask`; call `feed` every `feed_every` seconds as long as answers come, `on_silence` once when they stop."""
        self._ask = ask
        self._clock = clock
        self._feed = feed
        self._feed_every = feed_every
        self._on_silence = on_silence
        self._probe_every = min(PROBE_EVERY, feed_every)
        self._number = self._heard = self._fed_for = FIRST_NUMBER - 1
        self._open: deque[tuple[int, float]] = deque(maxlen=64)
        self._good = self._looked = clock.monotonic()
        self._asked = self._fed = float("-inf")
        self._silent_since: float | None = None

    def hear(self, answer: Alive) -> None:
        """Take an answer. The supervisor's thread."""
        self._heard = max(self._heard, answer.number)

    def look(self) -> None:
        """Count what was answered, feed, ask again, notice silence. Main thread."""
        now = self._clock.monotonic()
        if now - self._looked > STANDSTILL:  # then the main thread did not look, which accuses nobody else
            self._good += now - self._looked
        self._looked = now
        while self._open and self._open[0][0] <= self._heard:
            self._good = max(self._good, self._open.popleft()[1])
        if self._heard > self._fed_for and now - self._fed >= self._feed_every:
            self._fed, self._fed_for = now, self._heard
            self._feed()
        if now - self._asked >= self._probe_every:
            self._number += 1
            self._asked = now
            self._open.append((self._number, now))
            self._ask(Probe(self._number, self.hear))
        self._notice(now)

    def _notice(self, now: float) -> None:
        gap = now - self._good
        if self._silent_since is None and gap > SILENCE:
            self._silent_since = self._good
            log.critical(events.LIVENESS_LOST, gap_s=round(gap, 1))
            self._on_silence()
        elif self._silent_since is not None and gap <= SILENCE:
            log.info(events.LIVENESS_BACK, gap_s=round(now - self._silent_since, 1))
            self._silent_since = None
