"""The supervisor's proof of life to the outputs that have a lease: given from its own loop, after it has looked after its children."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from actors.core.clock import Clock
from actors.messages import Heartbeat
from supervisor.tree.children.specs import Record

EVERY: Final = 0.45
"""Seconds between two heartbeats, at least: given at every second look around, they are 0.5 s apart, a quarter of a lease of 2 s."""


class ProofOfLife:
    """Belongs to the supervisor's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = float("-inf")

    def give(self, records: Iterable[Record]) -> None:
        """Tell every output with a lease that the supervisor is alive, if that is due."""
        now = self._clock.monotonic()
        if now - self._last < EVERY:
            return
        self._last = now
        for record in records:
            if record.spec.leased and record.running is not None:
                record.running.tell(Heartbeat(now))
