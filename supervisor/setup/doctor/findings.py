"""What a check found: one sentence, and the exact lines that mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["ok", "note", "fix"]
_INDENT: Final = " " * 6


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix`: the bench does not work as configured until it is mended. `note`: it works, and could be better. `remedy`: what to type."""

    level: Level
    subject: str
    sentence: str
    remedy: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return it as it is printed."""
        mark = "FIX" if self.level == "fix" else self.level
        return [f"{mark:<5} {self.subject}: {self.sentence}", *(f"{_INDENT}{line}" for line in self.remedy)]


def show(findings: Iterable[Finding], say: Callable[[str], None]) -> None:
    """Print findings."""
    for finding in findings:
        for line in finding.lines():
            say(line)


def to_fix(findings: Iterable[Finding]) -> int:
    """Return how many of them have to be mended."""
    return sum(finding.level == "fix" for finding in findings)
