"""`requirement`: outputs that may be on only while something else is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.interlocks.kinds import base
from actors.interlocks.kinds.base import Kind, Refusal, Seen, key
from actors.interlocks.snapshot import Finding, Picture


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Kind):
    """Outputs that may be on only while `needs` is above `above`: an output's read-back in %, or a channel in its units.

    What is older than `seconds` counts as not known. While the need is unmet set-points are refused at once; outputs that are on
    go on for `grace`, and are driven after it.
    """

    kind: ClassVar[str] = "requirement"
    memory: ClassVar[float | None] = None
    """Since when the need is not met."""
    holds_before_it_trips: ClassVar[bool] = True
    needs: ChannelRef | OutputRef = field(metadata=base.NEEDS)
    above: float = key(..., "a number: % of full scale of an output, units of a channel", "what it must be above")
    seconds: float = base.seconds(5.0, "older than this, it counts as not known")
    grace: float = key(0.0, "seconds, 0 to 86400", "it may be missing for so long before outputs that are on are driven", ge=0, le=base.DAY)
    latched: bool = base.latched(default=False)

    def judge(self, memory: float | None, picture: Picture, now: float) -> Finding:
        """Look whether what the outputs need is there."""
        lacking, due = self._lacking(picture, now)
        if lacking is None:
            return Finding(None, due=due)
        since = now if memory is None else memory
        overdue = since + self.grace
        if now < overdue:
            return Finding(since, lacking, trips=False, grace=True, due=overdue)
        return Finding(since, lacking, trips=any(picture.is_on(drive.output) for drive in self.drives))

    def _lacking(self, picture: Picture, now: float) -> tuple[str | None, float | None]:
        """Return what is missing, or None and until when that holds without further news."""
        needs = self.needs
        if isinstance(needs, ChannelRef):
            word, units, scale = picture.channel(needs), needs.units, 1.0
            if word.beyond < 0:
                return f"{needs} must be above {self.above:g} {units}, but {word.fault}", None
        else:
            word, units, scale = picture.output(needs), "%", 100.0 / needs.full
        value = word.fresh(now, self.seconds)
        if value is None:
            return f"{needs} is not known ({word.fault or 'no news'}), and must be above {self.above:g} {units}", None
        if value * scale <= self.above:
            return f"{needs} is {value * scale:.4g} {units}, and must be above {self.above:g}", None
        return None, word.at + self.seconds + 1e-3

    @classmethod
    def doubt(cls, given: Mapping[str, Any], seen: Seen) -> Iterable[Refusal | str]:
        """Refuse a threshold that is never reached."""
        return base.never_shown("above", given.get("above"), seen, trips_beyond=False)
