"""`max_on`: an output on for too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from actors.bench.interlocks import OutputRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind, Thermometer
from actors.interlocks.snapshot import Finding, Picture


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class MaxOn(Kind):
    """An output on for `seconds` without a break."""

    kind: ClassVar[str] = "max_on"
    memory: ClassVar[float | None] = None
    """Since when it is on."""
    output: OutputRef = field(metadata=base.OUTPUT)
    seconds: float = base.seconds(..., "longest time without a break")

    def judge(self, memory: float | None, picture: Picture, now: float) -> Finding:
        """Measure how long the output has been on. An output that cannot be read is not known to be off."""
        on = picture.is_on(self.output)
        known = picture.output(self.output).value is not None
        since = (now if memory is None else memory) if on else None if known else memory
        if since is None:
            return Finding(None, armed=False)
        if now < since + self.seconds:
            return Finding(since, due=since + self.seconds)
        return Finding(since, f"{self.output} has been on for {self.seconds:g} s" if on else None)

    @classmethod
    def propose(cls, output: str, thermometer: Thermometer | None) -> Mapping[str, Any] | None:
        """Propose an hour where there is no thermometer to watch the heater by."""
        return {"name": "on_too_long", "output": output, "seconds": 3600} if thermometer is None else None
