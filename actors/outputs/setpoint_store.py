"""The last set-points of outputs with `restore`, kept in a small file over restarts of the daemon. Any thread."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog

from actors.core import events

log = structlog.get_logger()

LARGEST: Final = 64 * 1024
"""Bytes: a larger file is not ours."""
FLUSH: Final = 0.2
"""Seconds that an output, safe by then, waits at its end for its set-point to be written down."""


class SetPoints:
    """A JSON object, output -> set-point, replaced as a whole. Trouble with the file is one record.

    The file is read once, at the beginning, and written by a thread that is there only while there is something to write: a card that
    stalls keeps that thread waiting, and no output.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # held for a moment, never while the file is touched
        self._troubled = False
        self._known = self._read()
        self._unwritten = False
        self._writer: threading.Thread | None = None

    def recall(self, output: str) -> float | None:
        """Return the last set-point of `output`, or None."""
        with self._lock:
            return self._known.get(output)

    def remember(self, output: str, value: float | None) -> None:
        """Have the set-point of `output` written down soon; None forgets it. Nothing is written that is there already."""
        with self._lock:
            if self._known.get(output) == value:
                return
            if value is None:
                del self._known[output]
            else:
                self._known[output] = value
            self._unwritten = True
            if self._writer is None:
                self._writer = threading.Thread(target=self._keep, name="set-points", daemon=True)
                self._writer.start()

    def flush(self, seconds: float) -> bool:
        """Wait until everything is written, at most `seconds`; return whether it is."""
        writer = self._writer
        if writer is not None:
            writer.join(seconds)
        return self._writer is None

    def _keep(self) -> None:
        """Write what is known until nothing is left to write. The writer's thread."""
        while True:
            with self._lock:
                if not self._unwritten:
                    self._writer = None
                    return
                self._unwritten, known = False, dict(self._known)
            self._write(known)

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

    def _write(self, known: Mapping[str, float]) -> None:
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
