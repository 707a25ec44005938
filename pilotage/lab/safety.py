"""Whether a bench is safe, as its `status` says after an `off`. Pure."""

from __future__ import annotations

from typing import Final

from pilotage.documents import OutputStatus, Status
from pilotage.documents.settling import HOLDING
from pilotage.words import level

_EXACT: Final = 0.01
"""A read-back is known to that."""
_MANUAL: Final = frozenset({*HOLDING, "manual", "tune"})


def unsafe(status: Status) -> list[str]:
    """Return what is not at its safe value, or not known to be, in words; a fan that lingers is where it belongs."""
    found = [f"{name} may still be on, though config.py no longer has it" for name in status["left_on"]]
    for name, output in status["outputs"].items():
        problem = _problem(output)
        if problem:
            child = status["children"].get(name)
            reason = "" if child is None or child["error"] is None else f" ({child['state']}: {child['error']['message']})"
            found.append(f"{name} {problem}{reason}")
    return found + [f"the loop {name} is {loop['state']}" for name, loop in status.get("loops", {}).items() if loop["state"] in _MANUAL]


def lingering(status: Status) -> dict[str, float]:
    """Return the fans that run on by themselves after an `off`, and for how many seconds."""
    found = {name: output.get("lingers_s") for name, output in status["outputs"].items()}
    return {name: seconds for name, seconds in found.items() if seconds is not None}


def _problem(output: OutputStatus) -> str:
    read_back, safe = output["read_back"], output.get("safe_value")
    if output.get("lingers_s") is not None:
        return ""
    if read_back is None:
        return "does not say where it is"
    if safe is None:
        return "is at a value of which this daemon does not say whether it is safe"
    reads = f"reads back {level(read_back, output.get('scale', ''))}"
    if abs(read_back - safe) > _EXACT:
        return f"{reads}, not {level(safe, output.get('scale', '')).partition(' of ')[0]}"
    target = output.get("target")
    return f"{reads}, and is on its way to {level(target, output.get('scale', ''))}" if target is not None and target != safe else ""
