"""Thresholds that a chip can never report: beyond the end of what its channel can tell, as the user sees it after calibration."""

from __future__ import annotations

import math

from actors.drivers.base import Channel
from supervisor.configuration.entries import Entry
from supervisor.configuration.problems import Report, number

_BOUNDED = frozenset({"%RH"})
"""Units whose ends are those of the quantity: there is nothing beyond that could be called over range."""


def ends(sensor: Entry, channel: Channel) -> tuple[float, float]:
    """Return the lowest and the highest value that the channel can show; infinite where the chip declares none."""
    raw = (-math.inf if channel.lowest is None else channel.lowest, math.inf if channel.highest is None else channel.highest)
    calibration = (sensor.good.get("calibration") or {}).get(channel.name)
    if calibration is None:
        return raw
    low, high = sorted(end * calibration.scale + calibration.offset for end in raw)
    return low, high


def check(entry: Entry, sensor: Entry, channel: Channel, report: Report) -> None:
    """Refuse what the interlock `entry` asks of a channel that can never show it; warn where being beyond the end trips it instead."""
    between = ends(sensor, channel)
    good, kind = entry.good, entry.good.get("kind")
    what = f"{sensor.good.get('name')}.{channel.name} ({sensor.good.get('driver')})"
    for key, end, sign, most, side in (("above", between[1], 1, "most", "hotter"), ("below", between[0], -1, "least", "colder")):
        threshold = good.get(key)
        if threshold is None or sign * threshold < sign * end:
            continue
        told = f"{number(end)} {channel.units} is the {most} that {what} can tell"
        if kind == "requirement" or channel.units in _BOUNDED:
            entry.error(report, key, number(threshold), f"{'less' if sign > 0 else 'more'} than {number(end)}", told)
        elif threshold != end:
            report.warn(entry.label, f"'{key}': {number(threshold)} is never read: {told}; it trips when it is {side} than that")
    if kind == "limit" and entry.sound:
        _check_hysteresis(entry, between, what, report)
    rise, span = good.get("rise"), between[1] - between[0]
    if rise is not None and kind in {"progress", "stuck_on"} and rise >= span:
        entry.error(report, "rise", number(rise), f"less than {number(span)}, all that {what} can tell")


def _check_hysteresis(entry: Entry, between: tuple[float, float], what: str, report: Report) -> None:
    """Refuse a hysteresis with which the cause would never be gone."""
    above, below, hysteresis = (entry.good.get(key) for key in ("above", "below", "hysteresis"))
    if hysteresis and above is not None and above - hysteresis < between[0]:
        most = above - between[0]
    elif hysteresis and below is not None and below + hysteresis > between[1]:
        most = between[1] - below
    else:
        return
    entry.error(
        report,
        "hysteresis",
        number(hysteresis),
        f"{number(max(most, 0))} or less: {what} tells {number(between[0])} to {number(between[1])}",
    )
