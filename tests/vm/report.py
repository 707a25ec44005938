"""What the check on the test machine prints: a line per check, and at the end a table with a row per group."""

import sys
import time
from dataclasses import dataclass, field
from typing import Any

LONGEST = 600
"""Characters of what was found instead."""


@dataclass(slots=True)
class Group:
    """The checks of one group; `seconds` is set when it is over."""

    title: str
    began: float
    good: int = 0
    bad: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """Return `pass`, or `FAIL`; a group without a check has found nothing out."""
        return "pass" if self.good and not self.bad else "FAIL"


class Report:
    """Counts what was well and what was not."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.groups: list[Group] = []

    def section(self, title: str) -> None:
        """Begin a group of checks."""
        self._end()
        now = time.monotonic()
        self.groups.append(Group(title, now))
        self._say(f"\n# {title}  [{now - self._began:.0f} s]")

    def check(self, name: str, good: object, found: Any = "") -> bool:
        """Note one check; `found` is shown when it is not well."""
        if good and not isinstance(good, Exception):
            self.groups[-1].good += 1
            self._say(f"ok    {name}")
            return True
        self.groups[-1].bad.append(name)
        self._say(f"FAIL  {name}: {str(good if isinstance(good, Exception) else found)[:LONGEST]}")
        return False

    def note(self, text: str) -> None:
        """Print a line that is no check."""
        self._say(f"      {text}")

    def summary(self) -> int:
        """Print how it went; return an exit code."""
        self._end()
        width = max(len(group.title) for group in self.groups)
        self._say(f"\n{'group':{width}}  result  passed  failed  seconds")
        for group in self.groups:
            self._say(f"{group.title:{width}}  {group.verdict:6}  {group.good:6}  {len(group.bad):6}  {group.seconds:7.0f}")
        for group in self.groups:
            for name in group.bad:
                self._say(f"failed, {group.title}: {name}")
        good, bad = sum(group.good for group in self.groups), sum(len(group.bad) for group in self.groups)
        well = all(group.verdict == "pass" for group in self.groups)
        verdict = "all well" if well else "NOT WELL"
        self._say(f"\n{verdict}: {good} checks passed, {bad} failed, in {time.monotonic() - self._began:.0f} s")
        return 0 if well else 1

    def _end(self) -> None:
        if self.groups:
            self.groups[-1].seconds = time.monotonic() - self.groups[-1].began

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
