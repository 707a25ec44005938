"""`idle`: no client asks anything any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind
from actors.interlocks.snapshot import Finding, Picture


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(Kind):
    """No request from any client for `seconds` while an output is on."""

    kind: ClassVar[str] = "idle"
    is_about_clients: ClassVar[bool] = True
    seconds: float = base.seconds(..., "trips after so long without a request from any client")
    latched: bool = base.latched(default=False)

    def judge(self, memory: None, picture: Picture, now: float) -> Finding:
        """Miss the clients' requests; only while there is anything to switch off."""
        on = any(picture.defies(drive) for drive in self.drives)
        due = max(picture.asked, picture.since) + self.seconds
        if now < due:
            return Finding(memory, armed=on, due=due if on else None)
        return Finding(memory, f"no client has asked anything for {self.seconds:g} s", trips=on, armed=on)
