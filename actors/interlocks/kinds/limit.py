"""`limit`: a channel above or below a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from actors.bench.interlocks import ChannelRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind, Refusal, Seen, Thermometer, key
from actors.interlocks.snapshot import Finding, Picture
from pilotage.words import number


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Kind):
    """A channel above or below a threshold; over again when it is back beyond the threshold by `hysteresis`."""

    kind: ClassVar[str] = "limit"
    memory: ClassVar[bool] = False
    """Whether it was beyond."""
    trusts_readings: ClassVar[bool] = True
    channel: ChannelRef = field(metadata=base.CHANNEL)
    above: float | None = key(None, "a number; one of 'above' and 'below'", "trips above this value", "no upper limit")
    below: float | None = key(None, "a number; one of 'above' and 'below'", "trips below this value", "no lower limit")
    hysteresis: float = key(0.0, "a number, 0 or more", "its cause is gone this far inside the limit", ge=0)
    latched: bool = base.latched(default=True)

    def judge(self, memory: bool, picture: Picture, now: float) -> Finding:
        """Compare the channel with the threshold. Without a reading nothing is known to have changed.

        What lies beyond all that the chip can tell is beyond every threshold on that side.
        """
        del now
        word, units = picture.channel(self.channel), self.channel.units
        value = word.value if word.fault is None else None
        side, threshold = ("above", self.above) if self.above is not None else ("below", self.below or 0.0)
        sign = 1 if side == "above" else -1
        if word.beyond:
            text = f"{self.channel} is {side} {threshold:g} {units}: {word.fault}"
            return Finding(word.beyond == sign, text if word.beyond == sign else None)
        if value is None:
            text = f"{self.channel} was {side} {threshold:g} {units} when it was last read ({word.fault or 'no reading'})"
            return Finding(memory, text if memory else None)
        if sign * (value - threshold) > 0:
            return Finding(memory=True, cause=f"{self.channel} is {value:g} {units}, {side} {threshold:g}")
        inside = threshold - sign * self.hysteresis
        if memory and sign * (value - inside) > 0:
            other = "below" if side == "above" else "above"
            return Finding(memory=True, cause=f"{self.channel} is {value:g} {units}, not yet {other} {inside:g}")
        return Finding(memory=False)

    @classmethod
    def refuse(cls, given: Mapping[str, Any]) -> Iterable[Refusal]:
        """Refuse no threshold, and two."""
        if (given["above"] is None) == (given["below"] is None):
            found = "no threshold" if given["above"] is None else "both 'above' and 'below'"
            yield Refusal("", "'above' or 'below', one of them", found=found)

    @classmethod
    def doubt(cls, given: Mapping[str, Any], seen: Seen) -> Iterable[Refusal | str]:
        """Refuse a threshold that is never reached, and a hysteresis with which the cause would never be gone."""
        above, below, hysteresis = (given.get(name) for name in ("above", "below", "hysteresis"))
        found = [*base.never_shown("above", above, seen, trips_beyond=True), *base.never_shown("below", below, seen, trips_beyond=True)]
        yield from found
        if not hysteresis or any(isinstance(each, Refusal) for each in found):
            return
        room = above - seen.lowest if above is not None else seen.highest - below if below is not None else hysteresis
        if hysteresis > room:
            tells = f"{seen} tells {number(seen.lowest)} to {number(seen.highest)}"
            yield Refusal("hysteresis", f"{number(max(room, 0))} or less: {tells}")

    @classmethod
    def propose(cls, output: str, thermometer: Thermometer | None) -> Mapping[str, Any] | None:
        """Propose the highest limit that makes sense."""
        if thermometer is None:
            return None
        return {"name": "too_hot", **thermometer.where, "above": thermometer.hottest, "outputs": [output]}
