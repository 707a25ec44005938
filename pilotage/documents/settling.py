"""What the state of a loop means to somebody who waits for it."""

from __future__ import annotations

import math
import time
from typing import Final

from pilotage.documents.loops import LoopStatus
from pilotage.errors import ClientError

HOLDING: Final = frozenset({"approach", "settled", "saturated"})
"""States of a loop that holds a set-point, or is on its way to it."""
POLL: Final = 0.5
"""Seconds between two looks: a loop says something new once per reading."""


def end_of(timeout: float | None) -> float:
    """Return when a wait of `timeout` seconds that begins now is over (monotonic); never for None."""
    return math.inf if timeout is None else time.monotonic() + timeout


def settled(status: LoopStatus, end: float) -> bool:
    """Return whether the loop has settled; raises ClientError `loop_off` if it never will, and `not_settled` after `end` (monotonic)."""
    if status["settled"]:
        return True
    if status["state"] not in HOLDING:
        raise ClientError("loop_off", f"{status['name']} holds nothing: it is {status['state']}, {status['why']}")
    if time.monotonic() >= end:
        raise ClientError("not_settled", f"{status['name']} has not settled in time: {_where(status)}")
    return False


def _where(status: LoopStatus) -> str:
    value, power, units = status["value"], status["output_pct"], status["units"]
    found = "no reading" if value is None else f"{value:.2f} {units}"
    return f"{found} for {status['set_point']:g} {units}, at {power or 0:.0f} % of its power"
