"""What became of a command to an output, in words. Pure."""

from __future__ import annotations

from pilotage.documents import OutputStatus, Status
from pilotage.places import Output
from pilotage.words import level, scale
from supervisor.cli.words import duration


def scale_of(output: Output | None) -> str:
    """Return what stands behind a set-point of `output`, for `pilotage.words.level`; nothing for one that is gone from the bench."""
    return "" if output is None else scale(output["units"], output["driver"], output["minVal"], output["maxVal"])


def after_set(output: Output | None, asked: float, read_back: float, status: Status | None) -> str:
    """Return what an output does that was asked for `asked` (True: on) and then read back `read_back`."""
    units = scale_of(output)
    found = f"reads back {level(read_back, units)}"
    moves = _moves(output, status, units)
    if moves:
        return f"{found}, {moves}"
    if isinstance(asked, bool) or round(asked, 2) == round(read_back, 2):
        return found
    return f"{found}; {level(asked, units).partition(' of ')[0]} was asked"


def after_off(output: Output | None, read_back: float, status: Status | None) -> str:
    """Return what an output does that was sent to its safe value and then read back `read_back`."""
    units = scale_of(output)
    moves = _moves(output, status, units)
    return f"reads back {level(read_back, units)}" + (f", {moves}; `off` again stops it" if moves else "")


def under_way(entry: OutputStatus, units: str) -> str:
    """Return where an output is going by itself, and for how long; "" if it stays as it is."""
    target, left, lingers = entry.get("target"), entry.get("target_in_s"), entry.get("lingers_s")
    if lingers is not None:
        return f"runs on for {duration(lingers)} (linger)"
    return f"on its way to {level(target, units)}, {duration(left)}" if target is not None and left is not None else ""


def _moves(output: Output | None, status: Status | None, units: str) -> str:
    entry = None if output is None or status is None else status["outputs"].get(output["child"])
    return "" if entry is None else under_way(entry, units)
