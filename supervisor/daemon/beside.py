"""What the main thread does beside waiting for the end, so that a bug in one of these things ends neither it nor the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from actors.core import events
from actors.core.actor import fault_of

log = structlog.get_logger()
T = TypeVar("T")


class Beside:
    """Records what goes wrong in each part: once, until that part works again. Main thread."""

    def __init__(self) -> None:
        self._failing: set[str] = set()

    def do(self, part: str, act: Callable[[], T]) -> T | None:
        """Return what `act` returns, or None if it raised; `part` is what it is called in the record."""
        try:
            result = act()
        except Exception as error:
            if part not in self._failing:
                self._failing.add(part)
                log.exception(events.INTERNAL_ERROR, actor=part, problem=fault_of(error).message)
            return None
        self._failing.discard(part)
        return result
