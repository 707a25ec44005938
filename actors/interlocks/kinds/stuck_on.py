"""`stuck_on`: a heater that heats although it is off."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import ZERO, Kind, Refusal, Seen, Thermometer
from actors.interlocks.snapshot import Finding, Picture

FAN_CHANGE: Final = 1.0
"""% of full scale by which a fan that is left alone may read back differently."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What `stuck_on` remembers: since when the heater is off, since when the fans are as they are, and the window.

    Of the readings in the window only those are kept that can still become the lowest.
    """

    off_since: float | None = None
    fans: tuple[float | None, ...] = ()
    fans_since: float = -math.inf
    window: tuple[tuple[float, float], ...] = ()


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class StuckOn(Kind):
    """A heater that heats although it is off: after `rest` seconds of duty 0, a `rise` within `seconds`, the `fans` unchanged."""

    kind: ClassVar[str] = "stuck_on"
    memory: ClassVar[Rest] = Rest()
    heats: ClassVar[bool] = True
    channel: ChannelRef = field(metadata=base.CHANNEL)
    output: OutputRef = field(metadata=base.OUTPUT)
    fans: tuple[OutputRef, ...] = field(default=(), metadata=base.FANS)
    rest: float = base.seconds(120.0, "watches after so long at duty 0")
    rise: float = base.rise(5.0, "trips on this rise")
    seconds: float = base.seconds(60.0, "within this time")

    def judge(self, memory: Rest, picture: Picture, now: float) -> Finding:
        """Look for a rise while the heater is off: after `rest` seconds of duty 0, `rise` within `seconds`, no fan changed meanwhile."""
        duty = picture.percent(self.output)
        if duty is None or duty >= ZERO:
            return Finding(Rest(), armed=False)
        since = now if memory.off_since is None else memory.off_since
        start = since + self.rest
        if now < start:
            return Finding(Rest(since), armed=False, due=start)
        fans = tuple(picture.percent(fan) for fan in self.fans)
        if not _same(fans, memory.fans):
            memory = Rest(since, fans, now)
        word, window = picture.channel(self.channel), memory.window
        last = window[-1][0] if window else max(start, memory.fans_since)
        if word.value is not None and word.at > last:
            window = (*(entry for entry in window if word.at - entry[0] <= self.seconds and entry[1] < word.value), (word.at, word.value))
        memory = Rest(since, memory.fans, memory.fans_since, window)
        hotter = word.beyond > 0
        if not window or word.value is None or (word.value - window[0][1] < self.rise and not hotter):
            return Finding(memory, armed=None not in fans)
        reached = "more than its chip can tell" if hotter else f"{word.value:.4g} {self.channel.units}"
        text = f"{self.channel} rose from {window[0][1]:.4g} to {reached} although {self.output} is off"
        return Finding(memory, f"{text}: switch the heater's supply off by hand")

    @classmethod
    def doubt(cls, given: Mapping[str, Any], seen: Seen) -> Iterable[Refusal | str]:
        """Refuse a rise that there cannot be."""
        return base.never_rises(given.get("rise"), seen)

    @classmethod
    def propose(cls, output: str, thermometer: Thermometer | None) -> Mapping[str, Any] | None:
        """Propose it with the numbers that are its defaults."""
        return None if thermometer is None else {"name": "stuck_on", **thermometer.where, "output": output}


def _same(fans: tuple[float | None, ...], before: tuple[float | None, ...]) -> bool:
    """Whether every fan is known and as it was."""
    pairs = zip(fans, before, strict=True) if len(fans) == len(before) else [(None, None)]
    return all(fan is not None and was is not None and abs(fan - was) <= FAN_CHANGE for fan, was in pairs)
