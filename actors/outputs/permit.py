"""What interlocks mean for one output: what they hold it at, and whether anybody looks at the rules at all. Actor thread."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from actors.bench.devices import OutputSpec
from actors.errors import Fault
from actors.messages import Hold, Permit

CODE: Final = "interlock"
CLOSED: Final = "shutting_down"
SILENT: Final = "the interlocks are not evaluated"
"""Why an output is made safe whose permit ran out."""


class Permission:
    """What the interlocks allow one output, as the last permit told it.

    With `needs_permit` the output may be on only while a permit is valid: the death of whoever evaluates the rules, or its
    standstill, then switches it off. Without, an output of no danger goes on.
    """

    def __init__(self, spec: OutputSpec, *, needs_permit: bool) -> None:
        self._spec = spec
        self._needs_permit = needs_permit
        self.gap = False
        """Whether the last permit is the first of a new generation: in between nobody looked at the rules."""
        self.closed = False
        """Whether the daemon ends: from then on the output stays at its safe value, whoever asks."""
        self._permit: Permit | None = None
        self._obeyed: set[tuple[str, float]] = set()

    def take(self, permit: Permit) -> bool:
        """Take over `permit`, unless it is a late word of an earlier generation; return whether it counts."""
        before = permit.generation if self._permit is None else self._permit.generation
        if permit.generation < before:
            return False
        self.gap = self._needs_permit and permit.generation > before
        self._permit = permit
        self._obeyed &= {(hold.interlock, hold.since) for hold in permit.holds}
        return True

    def silent(self, now: float) -> bool:
        """Return whether there is no valid permit at `now` (monotonic) for an output that needs one."""
        return self._needs_permit and (self._permit is None or now >= self._permit.until)

    @property
    def until(self) -> float | None:
        """When the permit runs out, for an output that needs one."""
        return self._permit.until if self._needs_permit and self._permit is not None else None

    @property
    def holding(self) -> Hold | None:
        """The interlock that counts: the first in the order of the file that yields to nobody."""
        return next((hold for hold in self._holds() if not hold.yields), None)

    def order(self) -> Hold | None:
        """Return what is to be obeyed now: the safe value again and again, anything else once for each trip."""
        holds = [hold for hold in self._holds() if not hold.refuses]
        holding = next((hold for hold in holds if not hold.yields), None)
        if holding is not None and holding.value == self._spec.safe:
            return holding
        holds = holds if holding is None else [holding]
        return None if self.closed else next((hold for hold in holds if self.is_new(hold)), None)

    def is_new(self, hold: Hold) -> bool:
        """Return whether the output has not been driven as `hold` says since its trip."""
        return (hold.interlock, hold.since) not in self._obeyed

    def obeyed(self, hold: Hold | None) -> None:
        """Note that the output was driven as `hold` says."""
        if hold is not None:
            self._obeyed.add((hold.interlock, hold.since))

    def refusal(self, value: float, now: float, *, regulates: bool = False) -> Fault | None:
        """Return why the output may not be driven to `value` at `now` (monotonic); None if it may. The safe value always may.

        A loop may not even keep an output off that an interlock holds: it would switch it on when that lets go.
        """
        if value == self._spec.safe and not regulates:
            return None
        name = self._spec.name
        if self.closed:
            return Fault(CLOSED, f"{name} stays at its safe value: the daemon is shutting down")
        if self.silent(now):
            return Fault(CODE, f"{name} stays at its safe value: {SILENT} at the moment; it can be set again as soon as they are")
        hold = self.holding
        if hold is None or (value == hold.value and not regulates):
            return None
        since = datetime.fromtimestamp(time.time() - (now - hold.since)).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        way_out = f"once that is over: `pilotage reset {hold.interlock}`" if hold.latched else "it lets go by itself once that is over"
        value_held = self._spec.level(hold.value)
        does = f"refuses any set-point of {name} but {value_held}" if hold.refuses else f"has held {name} at {value_held}"
        return Fault(CODE, f"interlock {hold.interlock} {does} since {since}: {hold.why}; {way_out}")

    def may_clear(self, now: float) -> bool:
        """Return whether what refuses set-points now can be over without a reset: the word of that may be under way."""
        hold = self.holding
        return not self.closed and (self.silent(now) or (hold is not None and not hold.latched))

    def _holds(self) -> tuple[Hold, ...]:
        return () if self._permit is None else self._permit.holds
