"""What became of a command to an output or a loop, in words. Pure."""

from __future__ import annotations

from pilotage.documents import LoopStatus, OutputStatus, Status, TuneStatus
from pilotage.documents.settling import HOLDING
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


def loop_in_words(status: LoopStatus) -> str:
    """Return how a loop is, in one line."""
    value = "no reading" if status["value"] is None else f"{status['value']:.2f} {status['units']}"
    if status["state"] not in HOLDING:
        return f"{status['name']} is {status['state']} ({status['why']}); {value}"
    return f"{status['name']} holds {status['set_point']:g} {status['units']}: {value}, {loop_notes(status)}"


def loop_notes(status: LoopStatus) -> str:
    """Return what there is to say of a loop beside its values."""
    power = "" if status["output_pct"] is None else f"{status['output_pct']:.1f} % power"
    working = status["working"]
    moves = working is not None and abs(working - status["set_point"]) > 0.05  # noqa: PLR2004 - what two decimals show
    if status["state"] not in HOLDING:
        return tuning_in_words(status["tune"]) if status["state"] == "tune" and status["tune"] is not None else ""
    parts = [
        power,
        f"on its way at {working:.2f}" if moves else "",
        status["state"] if status["state"] != "approach" else "not settled yet",
    ]
    return ", ".join(part for part in parts if part)


def tuning_in_words(tune: TuneStatus) -> str:
    """Return where a tuning is, in one line."""
    left = "" if tune["left_s"] is None else f", about {duration(tune['left_s'])} left"
    doing = {"rest": "waits until the bench is at rest", "pulse": "heats", "decay": "lets it cool", "relay": "switches around the value"}
    return f"{duration(tune['elapsed_s'])}: {doing.get(tune['phase'], 'measures what the fan carries away')}{left}"
