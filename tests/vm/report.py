"""What the check on the test machine prints: a line per check, a summary at the end."""

from __future__ import annotations

import sys
import time
from typing import Any

LONGEST = 600
"""Characters of what was found instead."""


class Report:
    """Counts what was well and what was not."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.good = 0
        self.bad: list[str] = []

    def section(self, title: str) -> None:
        """Begin a group of checks."""
        self._say(f"\n# {title}  [{time.monotonic() - self._began:.0f} s]")

    def check(self, name: str, good: object, found: Any = "") -> bool:
        """Note one check; `found` is shown when it is not well."""
        if good and not isinstance(good, Exception):
            self.good += 1
            self._say(f"ok    {name}")
            return True
        self.bad.append(name)
        self._say(f"FAIL  {name}: {str(good if isinstance(good, Exception) else found)[:LONGEST]}")
        return False

    def note(self, text: str) -> None:
        """Print a line that is no check."""
        self._say(f"      {text}")

    def summary(self) -> int:
        """Print how it went; return an exit code."""
        self._say(f"\n{self.good} checks passed, {len(self.bad)} failed, in {time.monotonic() - self._began:.0f} s")
        for name in self.bad:
            self._say(f"  failed: {name}")
        return 1 if self.bad else 0

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
