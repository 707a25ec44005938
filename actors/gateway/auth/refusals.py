"""Who was refused: every refusal is counted, one record a minute for each client and reason, and never more than a few in all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from actors.core import events
from actors.core.clock import Clock

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds from one record about a client to the next: a client that is not let in may try again ten times a second, for ever."""
BURST: Final = 20
"""Records in `EVERY` seconds about all clients together."""
KNOWN: Final = 256
"""Clients, each with a reason, that are remembered; the one that was not heard of for longest makes room."""
SHOWN: Final = 8
"""Clients in `status`, the last ones."""


@dataclass(slots=True)
class _Refused:
    count: int
    at: float
    recorded: float


class Refusals:
    """Belongs to the gateway's thread."""

    def __init__(self, clock: Clock) -> None:
        self.total = 0
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], _Refused] = OrderedDict()
        self._began = float("-inf")
        self._records = 0
        self._unrecorded = 0

    def note(self, who: str, reason: str, *, level: str = "warning") -> None:
        """Count a refusal of `who` (an address, or more), and record it unless it was recorded lately. `reason` ends a sentence."""
        now = self._clock.monotonic()
        self.total += 1
        known = self._known.pop((who, reason), None) or _Refused(0, now, float("-inf"))
        known.count, known.at = known.count + 1, now
        self._known[who, reason] = known
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        if now - self._began >= EVERY:
            self._began, self._records = now, 0
        if now - known.recorded < EVERY or self._records >= BURST:
            self._unrecorded += 1
            return
        known.recorded = now
        self._records += 1
        missed = {"count": self._unrecorded} if self._unrecorded else {}
        self._unrecorded = 0
        record: Callable[..., object] = getattr(log, level)
        record(events.CLIENT_REFUSED, client=who, reason=reason, **missed)

    def status(self) -> dict[str, Any]:
        """Return what `status` says of refusals, the last one first."""
        now = self._clock.monotonic()
        last = [
            {"client": who, "reason": reason, "count": known.count, "ago_s": round(now - known.at, 1)}
            for (who, reason), known in list(self._known.items())[: -SHOWN - 1 : -1]
        ]
        return {"total": self.total, "last": last}
