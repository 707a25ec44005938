"""The last set-points of outputs with `restore`, kept in a small file over restarts of the daemon. Any thread."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import structlog

from actors.core import events
from actors.core.kept_file import KeptFile

log = structlog.get_logger()

FLUSH: Final = 0.2
"""Seconds that an output, safe by then, waits at its end for its set-point to be written down."""


class SetPoints(KeptFile[float]):
    """A JSON object, output -> set-point."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _finite, lambda reason: log.warning(events.SET_POINTS_UNKEPT, reason=reason))


def _finite(value: Any) -> float | None:
    return float(value) if type(value) in {int, float} and math.isfinite(value) else None


class Kept:
    """The set-point of one output, for the next run of the daemon; without a store nothing is kept. The output's thread."""

    def __init__(self, store: SetPoints | None, output: str) -> None:
        self._store = store
        self._output = output
        self._unkept: float | None = None

    def recall(self) -> float | None:
        """Return what it was set to last, in this run or the one before."""
        return None if self._store is None else self._store.recall(self._output)

    def note(self, value: float) -> None:
        """Note what it is set to; `keep` hands that on."""
        self._unkept = value

    def keep(self) -> None:
        """Have what was noted last written down: called once a second at most, whatever a client does."""
        if self._store is not None and self._unkept is not None:
            self._store.remember(self._output, self._unkept)
        self._unkept = None

    def end(self) -> None:
        """Have it written down, and wait a little for that."""
        self.keep()
        if self._store is not None:
            self._store.flush(FLUSH)
