"""Numbers and times as a person reads them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pilotage.words import number

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_TEN: Final = 10


def duration(seconds: float) -> str:
    """Return a time span in at most 8 characters: `0.4 s`, `12 s`, `3 min`, `2 h 13 m`, `4 d 2 h`, `30 d`."""
    whole = int(max(seconds, 0.0))
    if whole < _TEN:
        return f"{max(seconds, 0.0):.1f} s"
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return _two(whole // _HOUR, "h", whole % _HOUR // _MINUTE, "m")
    return _two(whole // _DAY, "d", whole % _DAY // _HOUR, "h")


def _two(large: int, unit: str, small: int, subunit: str) -> str:
    return f"{large} {unit} {small} {subunit}" if large < _TEN else f"{large} {unit}"


def quantity(value: float | None, units: str = "", resolution: float | None = None) -> str:
    """Return a value with its units, with no more decimals than its resolution has; `-` if there is none."""
    if value is None:
        return "-"
    if resolution is None:
        return f"{number(value, 4)} {units}".rstrip()
    decimals = 2 if resolution < 0.1 else 1 if resolution < 1 else 0  # noqa: PLR2004 - a tenth of a unit
    return f"{value:.{decimals}f} {units}".rstrip()


def local_time(iso: str | None) -> str:
    """Return the local time of day of an ISO 8601 instant, with the date unless that is today."""
    if iso is None:
        return ""
    when = datetime.fromisoformat(iso).astimezone()
    return f"{when:%H:%M:%S}" if when.date() == datetime.now().astimezone().date() else f"{when:%Y-%m-%d %H:%M}"


def shortened(text: str, width: int) -> str:
    """Return `text` in at most `width` characters, with `~` where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "~"
