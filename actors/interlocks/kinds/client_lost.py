"""`client_lost`: whoever drove an output has gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind
from actors.interlocks.snapshot import Finding, Picture


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLost(Kind):
    """Every client that drove an output gone for `seconds` while it is on."""

    kind: ClassVar[str] = "client_lost"
    is_about_clients: ClassVar[bool] = True
    seconds: float = base.seconds(10.0, "trips when all clients that drove one of the outputs have been gone for so long")
    latched: bool = base.latched(default=False)

    def judge(self, memory: None, picture: Picture, now: float) -> Finding:
        """Miss the clients that drove an output that is on."""
        on = any(picture.defies(drive) for drive in self.drives)
        lost = [(picture.gone[drive.output.id], drive.output) for drive in self.drives if drive.output.id in picture.gone]
        overdue = [(since, output) for since, output in lost if now >= since + self.seconds]
        if not overdue:
            return Finding(memory, armed=on, due=min((since + self.seconds for since, _ in lost), default=None))
        output = min(overdue, key=lambda item: item[0])[1]
        trips = any(picture.defies(drive) for drive in self.drives if drive.output in [gone for _, gone in overdue])
        text = f"every client that drove {output} has been gone for {self.seconds:g} s"
        # Latched, it is over as soon as all is off: nobody could come back and drive what waits for a reset.
        return Finding(memory, text if trips or not self.latched else None, trips=trips, armed=on)
