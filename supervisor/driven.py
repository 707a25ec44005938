"""What became of a command to an output, in words. Pure."""

from __future__ import annotations

from actors.words import level, scale
from supervisor.documents import Output


def scale_of(output: Output | None) -> str:
    """Return what stands behind a set-point of `output`, for `actors.words.level`; nothing for one that is gone from the bench."""
    return "" if output is None else scale(output["units"], output["driver"], output["minVal"], output["maxVal"])


def after_set(output: Output | None, asked: float, read_back: float) -> str:
    """Return what an output does that was asked for `asked` (True: on) and then read back `read_back`."""
    units = scale_of(output)
    found = f"reads back {level(read_back, units)}"
    if isinstance(asked, bool) or round(asked, 2) == round(read_back, 2):
        return found
    return f"{found}; {level(asked, units).partition(' of ')[0]} was asked"


def after_off(output: Output, read_back: float) -> str:
    """Return what an output does that was sent to its safe value and then read back `read_back`."""
    return f"reads back {level(read_back, scale_of(output))}"
