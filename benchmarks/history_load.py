"""A bench whose every reading can be told from its time, for measurements of the recorder: 10 channels at 1 Hz unless asked for more."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Final

from pilotage.history.documents import History, Readings

CHANNELS: Final = tuple(f"t{number}" for number in range(10))
_PRIMES: Final = (2654435761, 2246822519, 3266489917)


def noise(number: int, step: int) -> float:
    """Return what stands for noise: -0.5 to 0.5, the same for the same channel and step."""
    mixed = (step * _PRIMES[0] + number * _PRIMES[1]) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * _PRIMES[2]) & 0xFFFFFFFF
    return mixed / 0xFFFFFFFF - 0.5


def value(number: int, step: int) -> float:
    """Return what channel `number` measures at its step: a slow drift with noise, in sixteenths as a TMP102's, or in hundredths."""
    raw = 20 + number + 5 * math.sin((step + 700 * number) / 9000) + (0.2 if number % 10 < 6 else 0.05) * noise(number, step)
    return round(raw * 16) / 16 if number % 10 < 6 else round(raw, 2)


def happens(step: int) -> bool:
    """Return whether there is an event at this step."""
    return noise(-1, step) > 0.45


def parts(start: float, seconds: int, channels: int = 10, rate: int = 1, *, events: bool = False) -> Iterator[History]:
    """Yield a part per second from `start` on (Unix seconds, which is the boot clock as well)."""
    for second in range(seconds):
        yield _part(start + second, 1, channels, rate, events=events and happens(round(start + second)))


def hours(start: float, count: int) -> Iterator[History]:
    """Yield a part per hour of ten channels at 1 Hz; every day is the first one again, which takes less time to make."""
    first = [_part(start + hour * 3600, 3600, 10, 1, events=False) for hour in range(min(count, 24))]
    for hour in range(count):
        part, later = first[hour % 24], hour // 24 * 86400.0
        readings: dict[str, Readings] = {
            name: {**column, "at": [at + later for at in column["at"]]} for name, column in part["readings"].items()
        }
        yield {**part, "cursor": part["cursor"] + hour, "now": part["now"] + later, "time": part["time"] + later, "readings": readings}


def _part(begin: float, seconds: int, channels: int, rate: int, *, events: bool) -> History:
    """Return what is measured in some seconds, with jitter as that of a real sensor."""
    first, end = round(begin * rate), begin + seconds
    readings: dict[str, Readings] = {}
    for number in range(channels):
        steps = range(first, first + seconds * rate)
        ats = [round(step / rate + 2e-3 * (noise(number + 1000, step) + 0.5), 4) for step in steps]
        readings[f"t{number}"] = {"at": ats, "value": [value(number, step) for step in steps], "fault": [None] * len(ats)}
    return {
        "cursor": round(end),
        "missed": False,
        "more": False,
        "boot_id": f"load-{os.getpid()}",
        "now": end,
        "time": end,
        "clock_synchronised": True,
        "simulated": True,
        "readings": readings,
        "outputs": {},
        "events": {
            "at": [begin] * events,
            "event": ["tick"] * events,
            "level": ["info"] * events,
            "actor": [None] * events,
            "message": [f"at {begin:.0f}"] * events,
        },
    }
