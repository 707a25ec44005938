"""The last set-points of outputs with `restore`, kept in a small file over restarts of the daemon. Any thread."""

from __future__ import annotations

import json
import math
import os
import threading
from pathlib import Path
from typing import Any, Final

import structlog

from actors import events

log = structlog.get_logger()

LARGEST: Final = 64 * 1024
"""Bytes: a larger file is not ours."""


class SetPoints:
    """A JSON object, output -> set-point, replaced as a whole. Trouble with the file is one record, and never keeps an output waiting."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: dict[str, float] | None = None
        self._troubled = False

    def recall(self, output: str) -> float | None:
        """Return the last set-point of `output`, or None."""
        with self._lock:
            return self._all().get(output)

    def remember(self, output: str, value: float | None) -> None:
        """Write the set-point of `output` down; None forgets it. Nothing is written that is there already."""
        with self._lock:
            known = self._all()
            if known.get(output) == value:
                return
            if value is None:
                del known[output]
            else:
                known[output] = value
            self._write(known)

    def _all(self) -> dict[str, float]:
        if self._known is None:
            self._known = self._read()
        return self._known

    def _read(self) -> dict[str, float]:
        try:
            with self.path.open("rb") as file:
                document: Any = json.loads(file.read(LARGEST))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self._complain("read", error)
            return {}
        found = document.items() if isinstance(document, dict) else ()
        return {name: float(value) for name, value in found if type(value) in {int, float} and math.isfinite(value)}

    def _write(self, known: dict[str, float]) -> None:
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
            temporary.replace(self.path)
        except OSError as error:
            self._complain("write", error)
        else:
            self._troubled = False

    def _complain(self, what: str, error: Exception) -> None:
        if not self._troubled:
            self._troubled = True
            log.warning(events.SET_POINTS_UNKEPT, reason=f"cannot {what} {self.path}: {getattr(error, 'strerror', None) or error}")
