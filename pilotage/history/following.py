"""What a stream of history is made of: one sample after the other, in the order of their times. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from pilotage.history.documents import History


class Sample(NamedTuple):
    """A reading of a channel, or what an output does since: `time` in Unix seconds, `fault` a code where there is no number."""

    time: float
    name: str
    value: float | None
    fault: str | None


def samples(part: History, names: Collection[str]) -> list[Sample]:
    """Return the readings and changes of a part, of all `names` or of everything if there are none, in the order of time."""
    shift = part["time"] - part["now"]
    found = [
        Sample(at + shift, name, value, fault)
        for name, column in part["readings"].items()
        if not names or name in names
        for at, value, fault in zip(column["at"], column["value"], column["fault"], strict=True)
    ]
    found += [
        Sample(at + shift, name, value, None if value is not None else "unknown")
        for name, drives in part["outputs"].items()
        if not names or name in names
        for at, value in zip(drives["at"], drives["value"], strict=True)
    ]
    return sorted(found, key=lambda sample: sample.time)
