"""Moments and durations as a person types them: `2h`, `10s`, `2026-11-23 12:00`. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Final

_UNITS: Final = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|min|m|h|d)?", re.ASCII)

Moment = float | str | datetime
"""Unix seconds, a text as `moment` takes it, or a datetime; one without a zone is in the local time of this computer."""


def duration(text: str) -> float:
    """Return seconds: `90`, `10s`, `5min`, `2h`, `30d`; raises ValueError with a sentence for anything else, and for 0."""
    found = _DURATION.fullmatch(text.strip())
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found is not None else 0.0
    if not seconds:
        raise ValueError(f"{text!r} is no duration: write 10s, 5min, 2h or 30d")
    return seconds


def moment(value: Moment, now: float) -> float:
    """Return Unix seconds; a text is a duration before `now`, `now` itself, or a date and time. Raises ValueError with a sentence."""
    if isinstance(value, datetime):
        return value.timestamp()
    if not isinstance(value, str):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} is no moment")
        return float(value)
    text = value.strip()
    if text == "now":
        return now
    if _DURATION.fullmatch(text):
        return now - duration(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        text = f"{value!r} is no moment: write 2h (ago), now, 2026-11-23 or 2026-11-23T12:00 (local time), with Z for UTC"
        raise ValueError(text) from None


def iso(unix: float) -> str:
    """Return an instant as the wire writes it: 2026-11-23T12:00:00.000Z."""
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
