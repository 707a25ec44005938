"""The rules: pure functions of what an interlock says, what it remembers, the picture of this moment, and the time (monotonic seconds)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.bench.interlocks import (
    ChannelRef,
    ClientLost,
    Former,
    Idle,
    Interlock,
    Limit,
    MaxDuty,
    MaxOn,
    OutputRef,
    Progress,
    Requirement,
    Stale,
    StuckOn,
)
from actors.interlocks import heating
from actors.interlocks.snapshot import Finding, Picture

SLACK: Final = 1.0
"""% of full scale by which a duty cycle may be off and still be true."""


def limit(spec: Limit, exceeded: bool, picture: Picture, now: float) -> Finding:
    """Compare a channel with its threshold. Remembers whether it was beyond; without a reading nothing is known to have changed.

    What lies beyond all that the chip can tell is beyond every threshold on that side.
    """
    del now
    word = picture.channel(spec.channel)
    value = word.value if word.fault is None else None
    units = spec.channel.units
    side, threshold = ("above", spec.above) if spec.above is not None else ("below", spec.below or 0.0)
    sign = 1 if side == "above" else -1
    if word.beyond:
        text = f"{spec.channel} is {side} {threshold:g} {units}: {word.fault}"
        return Finding(word.beyond == sign, text if word.beyond == sign else None)
    if value is None:
        text = f"{spec.channel} was {side} {threshold:g} {units} when it was last read ({word.fault or 'no reading'})"
        return Finding(exceeded, text if exceeded else None)
    if sign * (value - threshold) > 0:
        return Finding(memory=True, cause=f"{spec.channel} is {value:g} {units}, {side} {threshold:g}")
    inside = threshold - sign * spec.hysteresis
    if exceeded and sign * (value - inside) > 0:
        other = "below" if side == "above" else "above"
        return Finding(memory=True, cause=f"{spec.channel} is {value:g} {units}, not yet {other} {inside:g}")
    return Finding(memory=False)


def stale(spec: Stale, memory: None, picture: Picture, now: float) -> Finding:
    """Miss good readings. Before the first one of all nothing was driven, so such a trip clears itself with that reading."""
    word = picture.channel(spec.channel)
    due = max(word.at, picture.since) + spec.seconds
    if now < due:
        return Finding(memory, due=due)
    reason = word.fault or "nothing was heard of it"
    return Finding(memory, f"{spec.channel} has given no good reading for {spec.seconds:g} s ({reason})", provisional=word.value is None)


def requirement(spec: Requirement, unmet_since: float | None, picture: Picture, now: float) -> Finding:
    """Look whether what the outputs need is there. Remembers since when it is not."""
    lacking, due = _lacking(spec, picture, now)
    if lacking is None:
        return Finding(None, due=due)
    since = now if unmet_since is None else unmet_since
    overdue = since + spec.grace
    if now < overdue:
        return Finding(since, lacking, trips=False, grace=True, due=overdue)
    return Finding(since, lacking, trips=any(picture.is_on(drive.output) for drive in spec.drives))


def _lacking(spec: Requirement, picture: Picture, now: float) -> tuple[str | None, float | None]:
    """Return what is missing, or None and until when that holds without further news."""
    needs = spec.needs
    if isinstance(needs, ChannelRef):
        word, units, scale = picture.channel(needs), needs.units, 1.0
        if word.beyond < 0:
            return f"{needs} must be above {spec.above:g} {units}, but {word.fault}", None
    else:
        word, units, scale = picture.output(needs), "%", 100.0 / needs.full
    value = word.fresh(now, spec.seconds)
    if value is None:
        return f"{needs} is not known ({word.fault or 'no news'}), and must be above {spec.above:g} {units}", None
    if value * scale <= spec.above:
        return f"{needs} is {value * scale:.4g} {units}, and must be above {spec.above:g}", None
    return None, word.at + spec.seconds + 1e-3


def max_on(spec: MaxOn, on_since: float | None, picture: Picture, now: float) -> Finding:
    """Measure how long an output has been on. An output that cannot be read is not known to be off."""
    on = picture.is_on(spec.output)
    known = picture.output(spec.output).value is not None
    since = (now if on_since is None else on_since) if on else None if known else on_since
    if since is None:
        return Finding(None, armed=False)
    if now < since + spec.seconds:
        return Finding(since, due=since + spec.seconds)
    return Finding(since, f"{spec.output} has been on for {spec.seconds:g} s" if on else None)


def max_duty(spec: MaxDuty, memory: None, picture: Picture, now: float) -> Finding:
    """Look whether an output is above what it may be, whoever drives it."""
    del now
    percent = picture.percent(spec.output)
    above = percent is not None and percent > spec.duty + SLACK
    return Finding(memory, f"{spec.output} reads back {percent:.4g} %, above {spec.duty:g} %" if above else None)


def idle(spec: Idle, memory: None, picture: Picture, now: float) -> Finding:
    """Miss the clients' requests; only while there is anything to switch off."""
    on = any(picture.defies(drive) for drive in spec.drives)
    due = max(picture.asked, picture.since) + spec.seconds
    if now < due:
        return Finding(memory, armed=on, due=due if on else None)
    return Finding(memory, f"no client has asked anything for {spec.seconds:g} s", trips=on, armed=on)


def client_lost(spec: ClientLost, memory: None, picture: Picture, now: float) -> Finding:
    """Miss the clients that drove an output that is on."""
    on = any(picture.defies(drive) for drive in spec.drives)
    lost = [(picture.gone[drive.output.id], drive.output) for drive in spec.drives if drive.output.id in picture.gone]
    overdue = [(since, output) for since, output in lost if now >= since + spec.seconds]
    if not overdue:
        return Finding(memory, armed=on, due=min((since + spec.seconds for since, _ in lost), default=None))
    output: OutputRef = min(overdue, key=lambda item: item[0])[1]
    trips = any(picture.defies(drive) for drive in spec.drives if drive.output in [gone for _, gone in overdue])
    text = f"every client that drove {output} has been gone for {spec.seconds:g} s"
    # Latched, it is over as soon as all is off: nobody could come back and drive what waits for a reset.
    return Finding(memory, text if trips or not spec.latched else None, trips=trips, armed=on)


def former(_spec: Former, memory: None, _picture: Picture, _now: float) -> Finding:
    """Find nothing: its trip is over as soon as somebody resets it."""
    return Finding(memory, armed=False)


Rule = Callable[[Any, Any, Picture, float], Finding]
RULES: Final[dict[type[Interlock], tuple[Rule, Any]]] = {
    Limit: (limit, False),
    Stale: (stale, None),
    Progress: (heating.progress, heating.Heating()),
    StuckOn: (heating.stuck_on, heating.Rest()),
    Requirement: (requirement, None),
    MaxOn: (max_on, None),
    MaxDuty: (max_duty, None),
    Idle: (idle, None),
    ClientLost: (client_lost, None),
    Former: (former, None),
}
"""Kind of interlock -> its rule, and what that remembers at first."""
