"""`max_duty`: an output driven higher than it may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from actors.bench.interlocks import OutputRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind
from actors.interlocks.snapshot import Finding, Picture

SLACK: Final = 1.0
"""% of full scale by which a duty cycle may be off and still be true."""


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDuty(Kind):
    """An output above `duty`. Set-points are clamped there already: this sees who else drives it."""

    kind: ClassVar[str] = "max_duty"
    needs_steps: ClassVar[str] = "'max_on' bounds how long"
    output: OutputRef = field(metadata=base.OUTPUT)
    duty: float = base.percent(..., "set-points are clamped here; trips when somebody else drives the output higher")

    @property
    def ceiling(self) -> float:
        """The % of full scale to which set-points of its output are clamped."""
        return self.duty

    def judge(self, memory: None, picture: Picture, now: float) -> Finding:
        """Look whether the output is above what it may be, whoever drives it."""
        del now
        percent = picture.percent(self.output)
        above = percent is not None and percent > self.duty + SLACK
        return Finding(memory, f"{self.output} reads back {percent:.4g} %, above {self.duty:g} %" if above else None)
