"""What the rules see of the bench at one moment, and what a rule finds. Frozen: a rule changes nothing but its own memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from actors.bench.interlocks import ChannelRef, Drive, OutputRef

FRESH: Final = 5.0
"""Seconds during which the last good value still counts as the value of now: two missed measurements of a slow chip."""
NEAR: Final = 0.01
"""Set-point units: a read-back is rounded to this much."""


@dataclass(frozen=True, slots=True)
class Word:
    """The latest of one quantity: its last good value, when that was (monotonic seconds), and why there is none since (None: there is).

    Before the first value `at` is when the watch on a channel began.
    `beyond` is 1 or -1 while it is above, below all that its chip can tell. `blind` is why its sensor, which measures, gives no number
    for it: it is broken, or beyond; that lasts until the next good value.
    """

    value: float | None = None
    at: float = -math.inf
    fault: str | None = None
    beyond: int = 0
    blind: str | None = None

    def fresh(self, now: float, within: float = FRESH) -> float | None:
        """Return the value, unless it is older than `within` seconds."""
        return self.value if now - self.at <= within else None

    @property
    def blindness(self) -> str | None:
        """Why a heater may not rely on it, or None: it gives no number, or has not been read since the daemon started."""
        return self.blind or (None if self.value is not None else self.fault or "it has not been read yet")


_NOTHING: Final = Word()


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a rule may know. `since`: when the watch began; `asked`: the last request of any client.

    `gone`: output -> since when all clients that drove it have gone. All times are monotonic seconds.
    """

    since: float
    channels: Mapping[tuple[str, str], Word]
    outputs: Mapping[str, Word]
    asked: float = -math.inf
    gone: Mapping[str, float] = field(default_factory=dict)

    def channel(self, ref: ChannelRef) -> Word:
        """Return what is known of a channel."""
        return self.channels.get((ref.sensor, ref.channel), _NOTHING)

    def output(self, ref: OutputRef) -> Word:
        """Return what is known of an output's read-back; a value of None is an output that cannot be read now."""
        return self.outputs.get(ref.id, _NOTHING)

    def percent(self, ref: OutputRef) -> float | None:
        """Return an output's read-back in % of full scale."""
        value = self.output(ref).value
        return None if value is None else 100.0 * value / ref.full

    def is_on(self, ref: OutputRef) -> bool:
        """Whether an output is known to be away from its safe value."""
        value = self.output(ref).value
        return value is not None and abs(value - ref.safe) > NEAR

    def defies(self, drive: Drive) -> bool:
        """Whether an output is on, and not as a trip would drive it."""
        value = self.output(drive.output).value
        return self.is_on(drive.output) and value is not None and abs(value - drive.value) > NEAR


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one moment.

    `cause` is what is wrong now, in a sentence; with `trips` it is wrong enough for a trip. `due`: when time alone changes the verdict.
    `provisional`: a trip now would clear itself, latched or not, because nothing was ever driven before it.
    `grace`: it is wrong, but not for long enough yet to switch anything off; set-points are refused.
    """

    memory: Any
    cause: str | None = None
    trips: bool = True
    armed: bool = True
    due: float | None = None
    provisional: bool = False
    grace: bool = False
