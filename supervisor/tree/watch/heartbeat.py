"""The supervisor's proof of life to the outputs that have a lease: given from its own loop, after it has looked after its children."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from actors.core.clock import Clock
from actors.messages import Alive, Heartbeat, Probe, Tell
from supervisor.tree.children.record import Record
from supervisor.tree.progress import Progress

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


GRACE: Final = 2.0
"""Seconds beyond a child's bound within which the supervisor must have fenced it."""


class RoundTrip:
    """The supervisor's half. Supervisor thread.

    `attended` returns the children whose heartbeats count; `tell_gateway` and `tell_me` reach gateway and supervisor.
    """

    def __init__(
        self, attended: Callable[[], Iterable[Record]], tell_gateway: Tell, tell_me: Tell, progress: Progress, clock: Clock
    ) -> None:
        self._attended = attended
        self._tell_gateway = tell_gateway
        self.tell = tell_me
        self._progress = progress
        self._clock = clock
        self._asked: Probe | None = None

    def follow(self, message: Probe | Alive) -> None:
        """Pass the main thread's word on to the gateway, and the gateway's answer back unless a child is overdue."""
        if isinstance(message, Probe):
            self._asked = message
            self._tell_gateway(Probe(message.number, self.tell))
            return
        self._progress.ready.set()
        asked = self._asked
        if asked is not None and asked.number == message.number and not self._overdue():
            self._asked = None
            asked.reply(Alive("supervisor", message.number))

    def _overdue(self) -> bool:
        now = self._clock.monotonic()
        running = [(record.spec, record.running) for record in self._attended() if record.running is not None]
        return any(running.vitals.busy_for(now) > spec.hang + GRACE for spec, running in running)
