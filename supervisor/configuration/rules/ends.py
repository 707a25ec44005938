"""What can be known of a channel before it is read: the ends of what it can tell, as the user sees them after calibration."""

from __future__ import annotations

import math

from actors.drivers.base import Channel
from actors.interlocks.kinds.base import Seen
from supervisor.configuration.entries import Entry


def period(sensor: Entry) -> float:
    """Return the seconds between two measurements of a sensor whose driver is known."""
    return float(sensor.good.get("period") or max(1.0, sensor.driver.min_period))


def ends(sensor: Entry, channel: Channel) -> tuple[float, float]:
    """Return the lowest and the highest value that the channel can show; infinite where the chip declares none."""
    raw = (-math.inf if channel.lowest is None else channel.lowest, math.inf if channel.highest is None else channel.highest)
    calibration = (sensor.good.get("calibration") or {}).get(channel.name)
    if calibration is None:
        return raw
    low, high = sorted(end * calibration.scale + calibration.offset for end in raw)
    return low, high


def seen(sensor: Entry, channel: Channel) -> Seen:
    """Return what an interlock can be told of the channel that it is to watch."""
    name, driver = str(sensor.good.get("name")), str(sensor.good.get("driver"))
    return Seen(name, channel.name, driver, channel.units, *ends(sensor, channel), period(sensor))
