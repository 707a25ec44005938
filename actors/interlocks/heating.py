"""Two rules about a heater and a temperature beside it: that it heats when it is on, and that it does not when it is off. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from actors.bench.interlocks import Progress, StuckOn
from actors.interlocks.snapshot import Finding, Picture

ZERO: Final = 0.05
"""% of full scale below which a duty cycle is 0: half a step of the coarsest read-back of 0..10."""
FAN_CHANGE: Final = 1.0
"""% of full scale by which a fan that is left alone may read back differently."""


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


def progress(spec: Progress, memory: Heating, picture: Picture, now: float) -> Finding:
    """Verify the heater: armed when the duty cycle crosses `duty` upwards, done for good with the rise, a trip after `seconds` without.

    What is hotter than its chip can tell has risen; colder than that, nothing is known of it.

    A channel still warm from before, though less than `already`, may be at its plateau: it trips once it has cooled to half a
    `rise` above its cold value, which a heater that works prevents.
    """
    word, duty = picture.channel(spec.channel), picture.percent(spec.output)
    value = None if word.beyond else word.fresh(now)
    memory = _rested(spec, memory, value, duty, now)
    if duty is None or duty < spec.duty:
        return Finding(replace(memory, below=True, armed_at=None, base=None, keeps=None), armed=False)
    if memory.below:
        memory = replace(memory, below=False, armed_at=now)
    if memory.armed_at is None:
        return Finding(memory, armed=False)
    if memory.base is None and value is not None:
        memory = _based(spec, memory, value)
    if word.beyond > 0 or memory.armed_at is None or (memory.base is not None and value is not None and value >= memory.base + spec.rise):
        return Finding(replace(memory, armed_at=None, base=None, keeps=None), armed=False)
    due = memory.armed_at + spec.seconds
    if now < due:
        return Finding(memory, due=due)
    if memory.keeps is not None and value is not None and value >= memory.keeps:
        return Finding(memory)
    return Finding(memory, _no_progress(spec, memory, value))


def _rested(spec: Progress, memory: Heating, value: float | None, duty: float | None, now: float) -> Heating:
    """Take note of how long the heater has been off, and of how cold the channel then is."""
    off = duty is not None and duty < ZERO
    since = (now if memory.off_since is None else memory.off_since) if off else None
    memory = memory if since == memory.off_since else replace(memory, off_since=since)
    if value is None:
        return memory
    if since is not None and now - since >= spec.rest:
        return replace(memory, cold=value, rested=True)
    if not memory.rested and (memory.cold is None or value < memory.cold):
        return replace(memory, cold=value, first=value if memory.first is None else memory.first)
    return memory


def _based(spec: Progress, memory: Heating, value: float) -> Heating:
    """Take `value` as the base, or disarm where the channel is warm from before and a rise cannot be expected."""
    cold = value if memory.cold is None else memory.cold
    cooling = not memory.rested and memory.first is not None and memory.first - value >= spec.rise / 2
    if value - cold >= spec.already or cooling:
        return replace(memory, armed_at=None)
    warm = cold + spec.rise / 2
    return replace(memory, base=value, keeps=warm if value >= warm else None)


def _no_progress(spec: Progress, memory: Heating, value: float | None) -> str:
    seen = f"went from {memory.base:.4g} to {value:.4g}" if memory.base is not None and value is not None else "could not be read"
    return (
        f"{spec.output} has been at {spec.duty:g} % or more for {spec.seconds:g} s, but {spec.channel} {seen} {spec.channel.units}, "
        f"less than {spec.rise:g} more: heater or sensor detached"
    )


@dataclass(frozen=True, slots=True)
class Rest:
    """What `stuck_on` remembers: since when the heater is off, since when the fans are as they are, and the window.

    Of the readings in the window only those are kept that can still become the lowest.
    """

    off_since: float | None = None
    fans: tuple[float | None, ...] = ()
    fans_since: float = -math.inf
    window: tuple[tuple[float, float], ...] = ()


def stuck_on(spec: StuckOn, memory: Rest, picture: Picture, now: float) -> Finding:
    """Look for a rise while the heater is off: after `rest` seconds of duty 0, `rise` within `seconds`, no fan changed meanwhile."""
    duty = picture.percent(spec.output)
    if duty is None or duty >= ZERO:
        return Finding(Rest(), armed=False)
    since = now if memory.off_since is None else memory.off_since
    start = since + spec.rest
    if now < start:
        return Finding(Rest(since), armed=False, due=start)
    fans = tuple(picture.percent(fan) for fan in spec.fans)
    if not _same(fans, memory.fans):
        memory = Rest(since, fans, now)
    word, window = picture.channel(spec.channel), memory.window
    last = window[-1][0] if window else max(start, memory.fans_since)
    if word.value is not None and word.at > last:
        window = (*(entry for entry in window if word.at - entry[0] <= spec.seconds and entry[1] < word.value), (word.at, word.value))
    memory = Rest(since, memory.fans, memory.fans_since, window)
    hotter = word.beyond > 0
    if not window or word.value is None or (word.value - window[0][1] < spec.rise and not hotter):
        return Finding(memory, armed=None not in fans)
    reached = "more than its chip can tell" if hotter else f"{word.value:.4g} {spec.channel.units}"
    text = f"{spec.channel} rose from {window[0][1]:.4g} to {reached} although {spec.output} is off"
    return Finding(memory, f"{text}: switch the heater's supply off by hand")


def _same(fans: tuple[float | None, ...], before: tuple[float | None, ...]) -> bool:
    """Whether every fan is known and as it was."""
    pairs = zip(fans, before, strict=True) if len(fans) == len(before) else [(None, None)]
    return all(fan is not None and was is not None and abs(fan - was) <= FAN_CHANGE for fan, was in pairs)
