"""What outlives the interlock actor and the gateway: the state of the interlocks, and which clients are there.

One writer each; whole values are replaced, so that a reader of another thread sees the former or the new one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from actors.bench.interlocks import Interlock
from actors.interlocks.latch import State
from actors.interlocks.snapshot import Word

MOST_LEFT: Final = 64
"""Clients of an output, gone, that are known when they come back; older ones come back as strangers."""


class InterlockCell:
    """The state of every interlock, and the readings behind it, over the generations of the interlock actor.

    `since` is when the watch began (monotonic). Only the generation that took it last may write.
    """

    def __init__(self, since: float) -> None:
        self.since = since
        self.generation = 0
        self.specs: tuple[Interlock, ...] = ()
        self.states: Mapping[str, State] = {}
        self.channels: Mapping[tuple[str, str], Word] = {}
        self.looked_at = float("-inf")

    def fence(self) -> None:
        """Let no generation write any more that is there now, for one that hangs and may wake up. Any thread."""
        self.generation = 0


class Clientele:
    """When a client asked last, and which outputs have lost everybody who drove them. The gateway's thread writes.

    A client that comes back counts as there with its next request: before that, ZeroMQ does not tell who is on a connection.
    """

    def __init__(self) -> None:
        self.asked = float("-inf")
        """When any client asked anything last (monotonic)."""
        self.gone: Mapping[str, float] = {}
        """Output -> since when all clients that drove it have gone (monotonic)."""
        self._drivers: dict[str, dict[bytes, None]] = {}
        self._left: dict[str, dict[bytes, None]] = {}

    def drove(self, client: bytes, output: str) -> None:
        """Note that `client` has driven `output`."""
        if client in self._drivers.get(output, ()):
            return
        self._drivers.setdefault(output, {})[client] = None
        self._left.get(output, {}).pop(client, None)
        self._update(output, None)

    def lost(self, client: bytes, now: float) -> None:
        """Note that the connection of `client` has ended."""
        for output, drivers in self._drivers.items():
            if client in drivers:
                del drivers[client]
                left = self._left.setdefault(output, {})
                left[client] = None
                if len(left) > MOST_LEFT:
                    del left[next(iter(left))]
                if not drivers:
                    self._update(output, now)

    def disown(self, client: bytes, now: float) -> None:
        """Note that nobody knows any more who `client` is: whoever drove under this name counts as gone until it drives again."""
        self.lost(client, now)
        for left in self._left.values():
            left.pop(client, None)

    def back(self, client: bytes) -> None:
        """Note that `client` is there again."""
        for output in [output for output, left in self._left.items() if client in left]:
            self.drove(client, output)

    def all_lost(self, now: float) -> None:
        """Note that every connection has ended: the gateway is a new one."""
        for client in {client for drivers in self._drivers.values() for client in drivers}:
            self.lost(client, now)

    def keep(self, outputs: Collection[str]) -> None:
        """Forget every output that the bench does not have any more."""
        for output in [*self._drivers]:
            if output not in outputs:
                del self._drivers[output]
                self._left.pop(output, None)
                self._update(output, None)

    def _update(self, output: str, since: float | None) -> None:
        if since is None and output not in self.gone:
            return
        others = {other: when for other, when in self.gone.items() if other != output}
        self.gone = others if since is None else {**others, output: since}
