"""A small JSON object in a file, kept over restarts of the daemon: read once, written by a thread of its own. Any thread."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

LARGEST: Final = 64 * 1024
"""Bytes: a larger file is not ours."""


class KeptFile(Generic[T]):
    """A JSON object, name -> value, replaced as a whole. Trouble with the file is told once, until it is over.

    The file is read at the beginning, and written by a thread that is there only while there is something to write: a card that stalls
    keeps that thread waiting, and nobody else. A value that `sound` refuses (None) is left out.
    """

    def __init__(self, path: Path, sound: Callable[[Any], T | None], complain: Callable[[str], object]) -> None:
        self.path = path
        self._sound = sound
        self._complain = complain
        self._lock = threading.Lock()  # held for a moment, never while the file is touched
        self._troubled = False
        self._known = self._read()
        self._unwritten = False
        self._writer: threading.Thread | None = None

    def recall(self, name: str) -> T | None:
        """Return what was remembered under `name` last, or None."""
        with self._lock:
            return self._known.get(name)

    def names(self) -> list[str]:
        """Return the names under which something is remembered."""
        with self._lock:
            return list(self._known)

    def remember(self, name: str, value: T | None) -> None:
        """Have `value` written down soon; None forgets it. Nothing is written that is there already."""
        with self._lock:
            if self._known.get(name) == value:
                return
            if value is None:
                del self._known[name]
            else:
                self._known[name] = value
            self._unwritten = True
            if self._writer is None:
                self._writer = threading.Thread(target=self._keep, name="kept-file", daemon=True)
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

    def _read(self) -> dict[str, T]:
        try:
            with self.path.open("rb") as file:
                document: Any = json.loads(file.read(LARGEST))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self._tell("read", error)
            return {}
        found = document.items() if isinstance(document, dict) else ()
        return {name: sound for name, value in found if (sound := self._sound(value)) is not None}

    def _write(self, known: Mapping[str, T]) -> None:
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
            temporary.replace(self.path)
        except OSError as error:
            self._tell("write", error)
        else:
            self._troubled = False

    def _tell(self, what: str, error: Exception) -> None:
        if not self._troubled:
            self._troubled = True
            self._complain(f"cannot {what} {self.path}: {getattr(error, 'strerror', None) or error}")
