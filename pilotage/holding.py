"""Waiting for a loop to settle."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pilotage.documents import LoopStatus
from pilotage.errors import ClientError

HOLDING: Final = frozenset({"approach", "settled", "saturated"})
"""States of a loop that holds a set-point, or is on its way to it."""
POLL: Final = 0.5
"""Seconds between two looks: a loop says something new once per reading."""


def wait(look: Callable[[], LoopStatus], timeout: float | None) -> LoopStatus:
    """Return how the loop is that `look` returns, as soon as it has settled; raises ClientError `not_settled` or `loop_off`."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        status = look()
        if status["settled"]:
            return status
        if status["state"] not in HOLDING:
            raise ClientError("loop_off", f"{status['name']} holds nothing: it is {status['state']}, {status['why']}")
        if end is not None and time.monotonic() >= end:
            raise ClientError("not_settled", f"{status['name']} has not settled within {timeout:g} s: {_where(status)}")
        time.sleep(POLL)


def _where(status: LoopStatus) -> str:
    value, power, units = status["value"], status["output_pct"], status["units"]
    found = "no reading" if value is None else f"{value:.2f} {units}"
    return f"{found} for {status['set_point']:g} {units}, at {power or 0:.0f} % of its power"
