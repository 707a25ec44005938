"""What outlives the interlock actor and the gateway: the state of the interlocks, and which clients are there.

One writer each; whole values are replaced, so that a reader of another thread sees the former or the new one.
"""

from __future__ import annotations

from collections.abc import Mapping

from actors.bench.interlocks import Interlock
from actors.interlocks.latch import State
from actors.interlocks.snapshot import Word


class InterlockCell:
    """The state of every interlock, and the readings behind it, over the generations of the interlock actor.

    `since` is when the watch began (monotonic): it does so with the daemon, and after each time in which nobody watched.
    Only the generation that took it last may write.
    """

    def __init__(self) -> None:
        self.since = float("-inf")
        self.generation = 0
        self.specs: tuple[Interlock, ...] = ()
        self.states: Mapping[str, State] = {}
        self.channels: Mapping[tuple[str, str], Word] = {}
        self.looked_at = float("-inf")

    def fence(self) -> None:
        """Let no generation write any more that is there now, for one that hangs and may wake up. Any thread."""
        self.generation = 0
