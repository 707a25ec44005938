"""`stale`: no good reading of a channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from actors.bench.interlocks import ChannelRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind, Refusal, Seen, Thermometer
from actors.interlocks.snapshot import Finding, Picture
from pilotage.words import number


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class Stale(Kind):
    """No good reading of a channel for `seconds`."""

    kind: ClassVar[str] = "stale"
    channel: ChannelRef = field(metadata=base.CHANNEL)
    seconds: float = base.seconds(5.0, "trips after so long without a good reading", "seconds, at least twice the sensor's 'period'")
    latched: bool = base.latched(default=True)

    def judge(self, memory: None, picture: Picture, now: float) -> Finding:
        """Miss good readings. Before the first one of all nothing was driven, so such a trip clears itself with that reading."""
        word = picture.channel(self.channel)
        due = max(word.at, picture.since) + self.seconds
        if now < due:
            return Finding(memory, due=due)
        text = f"{self.channel} has given no good reading for {self.seconds:g} s ({word.fault or 'nothing was heard of it'})"
        return Finding(memory, text, provisional=word.value is None)

    @classmethod
    def doubt(cls, given: Mapping[str, Any], seen: Seen) -> Iterable[Refusal | str]:
        """Refuse a time in which not even two readings fit."""
        if given.get("seconds", seen.period * 2) < seen.period * 2:
            reason = f"{seen.sensor} is measured every {number(seen.period)} s, and one may fail"
            yield Refusal("seconds", f"{number(seen.period * 2)} or more: {reason}")

    @classmethod
    def propose(cls, output: str, thermometer: Thermometer | None) -> Mapping[str, Any] | None:
        """Propose it for the thermometer, for `output` or for every heater."""
        if thermometer is None:
            return None
        entry = {"name": "sensor_lost", **thermometer.where, "seconds": thermometer.lost_after}
        return {**entry, "outputs": [output]} if output else entry
