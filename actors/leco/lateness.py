"""Whether a command has waited on its way: then it switches nothing on. Pure.

A coordinator, its queues, and a computer that sleeps may hold a command for any time, and nothing in it says until when it is wanted.
What there is: the number of its conversation tells when its sender made it, by the sender's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LATE: Final = 1.5
"""Seconds that a command may have been longer on its way than the quickest message of its sender in the last minutes."""
CONFIRMED: Final = 1.0
"""Seconds between two messages of a sender after which the clocks are known: what waited in one queue comes all at once."""
KEPT: Final = 60.0
"""Seconds after which a sender's quickest message is looked for anew; the one before counts for as long again."""
MOST: Final = 256
"""Senders that are known; the one heard longest ago is forgotten."""


@dataclass(slots=True)
class _Sender:
    """`least` and `former` are the smallest differences of clocks of this and of the last `KEPT` seconds; `known`: they are right."""

    since: float
    least: float
    former: float
    begun: float
    known: bool


class Lateness:
    """What is known of every sender's clock. Times are monotonic seconds, of the sender Unix seconds by its own clock."""

    def __init__(self) -> None:
        self._senders: dict[str, _Sender] = {}

    def heard(self, sender: str, sent: float | None, now: float, wall: float, *, steady: bool) -> bool:
        """Take in a message, and return whether it is late.

        `steady`: our own requests have been answered promptly for a while, so nothing piles up at the coordinator; only then a sender's
        clock is learned. `wall` is our own Unix time: a sender whose clock is right is known at once.
        """
        if sent is None:
            return not steady
        difference = now - sent
        known = self._senders.pop(sender, None)
        if known is None:
            if not steady:
                return True
            known = _Sender(now, difference, difference, now, abs(wall - sent) <= LATE)
        self._senders[sender] = known
        if len(self._senders) > MOST:
            del self._senders[next(iter(self._senders))]
        if steady and now - known.begun >= KEPT:
            known.former, known.least, known.begun = known.least, difference, now
        known.least = min(known.least, difference)
        if steady and now - known.since >= CONFIRMED:
            known.known = True
        return not known.known or difference > min(known.least, known.former) + LATE

    def forget(self, sender: str) -> None:
        """Forget a sender that is gone."""
        self._senders.pop(sender, None)
