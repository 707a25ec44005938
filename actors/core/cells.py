"""Where a child publishes its latest word, and the gateway reads it without waking anybody.

One writer (the child's thread), one reader that waits (the gateway). Assigning one attribute is atomic in CPython, and the
order "publish, then look at `wanted`" against "set `wanted`, then look at what is published" loses no wake-up.
A new generation of a child gets a new cell: a thread that wakes up late publishes where nobody looks.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from actors.core.ramp import Ramp
from actors.core.ring import Ring
from actors.errors import ON_PURPOSE, Fault
from actors.messages import Claim, News, Observed, Outcome, Reading, Tell

_sequence = itertools.count(1)


class SensorCell:
    """The last outcome of one generation of a sensor.

    `broken` are the channels that ought to give a number and gave none in the last reading: why, and since when (monotonic).
    """

    __slots__ = ("_child", "_fenced", "_gateway", "_news", "_ring", "_watcher", "broken", "outcome", "sequence", "wanted")

    def __init__(self, child: str, gateway: Tell, watcher: Tell | None = None, ring: Ring | None = None) -> None:
        """Wake the gateway when it waits; tell the `watcher`, if there is one, of every outcome, and keep it in the `ring`."""
        self.outcome: Outcome | None = None
        self.broken: Mapping[str, tuple[Fault, float]] = {}
        self.sequence = 0
        self.wanted = False
        self._child = child
        self._gateway = gateway
        self._news = News(child)
        self._watcher, self._ring = watcher, ring
        self._fenced = False

    def fence(self) -> None:
        """Let nothing be published any more: the generation is over, but its thread may come back. Any thread."""
        self._fenced = True

    def publish(self, outcome: Outcome) -> None:
        """Put `outcome` up and wake the gateway if it waits. Sensor thread."""
        if self._fenced:
            return
        if isinstance(outcome, Reading):
            faults = [(name, value) for name, value in outcome.values.items() if isinstance(value, Fault) and value.code not in ON_PURPOSE]
            self.broken = {name: (fault, self.broken.get(name, (fault, outcome.at))[1]) for name, fault in faults}
        self.outcome = outcome
        self.sequence = next(_sequence)
        if self._watcher is not None:
            self._watcher(Observed(self._child, outcome))
        if self._ring is not None and self._ring.on:
            self._ring.measured(self._child, outcome)
        if self.wanted:
            self.wanted = False
            self._gateway(self._news)


@dataclass(slots=True)
class LeaseState:
    """An output's lease, as its actor sees it: `state` is held, expired or unknown; `since` is monotonic, `time` Unix seconds.

    `driven` tells whether the output was last left on; it survives the actor, so that its successor can latch.
    """

    seconds: float
    state: str = "unknown"
    since: float = 0.0
    time: float = 0.0
    trips: int = 0
    driven: bool = False


class OutputCell:
    """What was asked of an output and what it does; survives the actor's generations, so that a fan can be set again.

    `lease` is None for an output that has none. `on_at` is when it last read back anything but 0 (monotonic).
    `ramp` is what it follows, `lingers_until` (monotonic) how long it runs on before it goes to its safe value; None for neither.
    `rests` = its last generation ended with it at its safe value, as the hardware said. `claim` is that of the loop that drives it.
    """

    __slots__ = (
        "_gateway",
        "_news",
        "_observed",
        "_ring",
        "_watcher",
        "asked",
        "asked_by",
        "at",
        "claim",
        "frequency",
        "lease",
        "lingers_until",
        "on_at",
        "ramp",
        "read_back",
        "rests",
        "safe_reason",
        "sequence",
        "wanted",
    )

    def __init__(self, child: str, gateway: Tell, watcher: Tell | None = None, ring: Ring | None = None) -> None:
        """Wake the gateway when it waits; tell the `watcher`, if there is one, of every change, and keep it in the `ring`."""
        self.asked: float | None = None
        self.asked_by = ""
        self.read_back: float | None = None
        self.rests = False
        self.frequency: float | None = None
        self.safe_reason: str | None = None
        self.lease: LeaseState | None = None
        self.claim: Claim | None = None
        self.ramp: Ramp | None = None
        self.lingers_until: float | None = None
        self.on_at = float("-inf")
        self.at = 0.0
        self.sequence = 0
        self.wanted = False
        self._gateway = gateway
        self._news = News(child)
        self._observed = Observed(child)
        self._watcher, self._ring = watcher, ring

    def inherit(self, before: OutputCell) -> None:
        """Take over what belongs to the hardware, from the output that was there before: its lease, and when it was on last."""
        self.lease, self.on_at = before.lease, max(self.on_at, before.on_at)

    def ask(self, value: float, by: str) -> None:
        """Note what is asked of the output from now on, and `by` whom: a client, a loop, an interlock. The output's thread."""
        changed = value != self.asked or by != self.asked_by
        self.asked, self.asked_by = value, by
        if changed:
            self._keep()

    def _keep(self) -> None:
        if self._ring is not None and self._ring.on:
            self._ring.driven(self._news.child, self.asked, self.read_back, self.asked_by)

    def publish(self, read_back: float | None, at: float) -> None:
        """Record the read-back of `at` (monotonic); None = not known. A changed one is news. The output's thread."""
        changed = read_back != self.read_back
        self.read_back = read_back
        self.at = at
        if read_back:
            self.on_at = at
        if changed:
            self.sequence = next(_sequence)
            self._keep()
            if self._watcher is not None:
                self._watcher(self._observed)
            if self.wanted:
                self.wanted = False
                self._gateway(self._news)


class LoopCell:
    """What a loop says of itself; survives the actor's generations. `claim` is that of its present commands.

    `reading` has what its virtual pins read, `state` the rest: a plain document. Only the generation that took the cell last may write.
    """

    __slots__ = ("_gateway", "_news", "_ring", "claim", "generation", "reading", "sequence", "state", "wanted")

    def __init__(self, child: str, gateway: Tell, ring: Ring | None = None) -> None:
        """Wake the gateway when it waits, and keep what the loop says in the `ring`."""
        self.reading: Reading | None = None
        self.state: Mapping[str, Any] = {}
        self.claim = Claim(withdrawn=True)
        self.generation = 0
        self.sequence = 0
        self.wanted = False
        self._gateway, self._ring = gateway, ring
        self._news = News(child)

    def fence(self) -> None:
        """Let no generation write or drive any more that is there now, for one that hangs and may wake up. Any thread."""
        self.generation = 0

    def publish(self, reading: Reading, state: Mapping[str, Any]) -> None:
        """Put both up, and wake the gateway if it waits. The loop's thread."""
        self.reading, self.state = reading, state
        self.sequence = next(_sequence)
        if self._ring is not None and self._ring.on:
            self._ring.measured(self._news.child, reading)
        if self.wanted:
            self.wanted = False
            self._gateway(self._news)


def under_way(cell: OutputCell | None, now: float) -> dict[str, float | None]:
    """Return where an output is going, in how many seconds, and for how many it lingers; None for what it does not. Any thread."""
    ramp, until = (None, None) if cell is None else (cell.ramp, cell.lingers_until)
    return {
        "target": None if ramp is None else ramp.target,
        "target_in_s": None if ramp is None else round(ramp.left(now), 1),
        "lingers_s": None if until is None else round(max(until - now, 0.0), 1),
    }


MOST_LEFT: Final = 64
"""Clients of an output, gone, that are known when they come back; older ones come back as strangers."""


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

    def drives(self, output: str) -> bool:
        """Whether a client is there that has driven `output`. Any thread."""
        return bool(self._drivers.get(output))

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
