"""`progress`: a heater that does not heat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import ZERO, Kind, Refusal, Seen, Thermometer
from actors.interlocks.snapshot import Finding, Picture


@dataclass(frozen=True, slots=True)
class Heating:
    """What `progress` remembers.

    `cold` is the channel's value after the last `rest` of duty 0, if `rested`; until there has been one, the lowest since the start.
    `armed_at` with `base`: a verification under way; `keeps`: the value that a bench warm from before would fall below without heat.
    """

    below: bool = True
    off_since: float | None = None
    first: float | None = None
    cold: float | None = None
    rested: bool = False
    armed_at: float | None = None
    base: float | None = None
    keeps: float | None = None


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Kind):
    """A heater that does not heat: `duty` reached, and yet no `rise` within `seconds`.

    Not judged where the channel is warm already: `already` above its value after `rest` seconds of duty 0.
    """

    kind: ClassVar[str] = "progress"
    memory: ClassVar[Heating] = Heating()
    heats: ClassVar[bool] = True
    trusts_readings: ClassVar[bool] = True
    channel: ChannelRef = field(metadata=base.CHANNEL)
    output: OutputRef = field(metadata=base.OUTPUT)
    duty: float = base.percent(20.0, "the verification begins when the output crosses this duty cycle upwards")
    rise: float = base.rise(2.0, "what the channel must rise")
    seconds: float = base.seconds(60.0, "in this time")
    already: float = base.rise(5.0, "no verification if the channel is this much above its cold value already")
    rest: float = base.seconds(600.0, "the cold value is that after so long at duty 0")

    def judge(self, memory: Heating, picture: Picture, now: float) -> Finding:
        """Verify the heater: armed when the duty cycle crosses `duty` upwards, done for good with the rise, a trip after `seconds` without.

        What is hotter than its chip can tell has risen; colder than that, nothing is known of it.

        A channel still warm from before, though less than `already`, may be at its plateau: it trips once it has cooled to half a
        `rise` above its cold value, which a heater that works prevents.
        """
        word, duty = picture.channel(self.channel), picture.percent(self.output)
        value = None if word.beyond else word.fresh(now)
        memory = self._rested(memory, value, duty, now)
        if duty is None or duty < self.duty:
            return Finding(replace(memory, below=True, armed_at=None, base=None, keeps=None), armed=False)
        if memory.below:
            memory = replace(memory, below=False, armed_at=now)
        if memory.armed_at is None:
            return Finding(memory, armed=False)
        if memory.base is None and value is not None:
            memory = self._based(memory, value)
        if (
            word.beyond > 0
            or memory.armed_at is None
            or (memory.base is not None and value is not None and value >= memory.base + self.rise)
        ):
            return Finding(replace(memory, armed_at=None, base=None, keeps=None), armed=False)
        due = memory.armed_at + self.seconds
        if now < due:
            return Finding(memory, due=due)
        if memory.keeps is not None and value is not None and value >= memory.keeps:
            return Finding(memory)
        return Finding(memory, self._no_progress(memory, value))

    def _rested(self, memory: Heating, value: float | None, duty: float | None, now: float) -> Heating:
        """Take note of how long the heater has been off, and of how cold the channel then is."""
        off = duty is not None and duty < ZERO
        since = (now if memory.off_since is None else memory.off_since) if off else None
        memory = memory if since == memory.off_since else replace(memory, off_since=since)
        if value is None:
            return memory
        if since is not None and now - since >= self.rest:
            return replace(memory, cold=value, rested=True)
        if not memory.rested and (memory.cold is None or value < memory.cold):
            return replace(memory, cold=value, first=value if memory.first is None else memory.first)
        return memory

    def _based(self, memory: Heating, value: float) -> Heating:
        """Take `value` as the base, or disarm where the channel is warm from before and a rise cannot be expected."""
        cold = value if memory.cold is None else memory.cold
        cooling = not memory.rested and memory.first is not None and memory.first - value >= self.rise / 2
        if value - cold >= self.already or cooling:
            return replace(memory, armed_at=None)
        warm = cold + self.rise / 2
        return replace(memory, base=value, keeps=warm if value >= warm else None)

    def _no_progress(self, memory: Heating, value: float | None) -> str:
        seen = f"went from {memory.base:.4g} to {value:.4g}" if memory.base is not None and value is not None else "could not be read"
        return (
            f"{self.output} has been at {self.duty:g} % or more for {self.seconds:g} s, but {self.channel} {seen} {self.channel.units}, "
            f"less than {self.rise:g} more: heater or sensor detached"
        )

    @classmethod
    def doubt(cls, given: Mapping[str, Any], seen: Seen) -> Iterable[Refusal | str]:
        """Refuse a rise that there cannot be."""
        return base.never_rises(given.get("rise"), seen)

    @classmethod
    def propose(cls, output: str, thermometer: Thermometer | None) -> Mapping[str, Any] | None:
        """Propose it with the numbers that are its defaults."""
        return None if thermometer is None else {"name": "not_heating", **thermometer.where, "output": output}
