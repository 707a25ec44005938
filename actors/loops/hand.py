"""A loop's hand on its output: commands that carry one claim and run out, until somebody else's hand is on it. The loop's thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final, Protocol

from actors.core.clock import Clock
from actors.errors import RefusedError
from actors.messages import Claim, SetPoint, Tell

SPARE: Final = 0.2
"""Seconds for which a command is valid beyond the time in which the next one is due."""
LATE: Final = 1.5
"""Seconds after which an output does not obey the last command of a loop any more: it is safe by itself soon after."""


class Reached(Protocol):
    """A sensor or an output as it is there now: how to tell it something, and where it publishes."""

    tell: Tell
    cell: Any


class Claims(Protocol):
    """Where the claim of a hand is."""

    claim: Claim


class Hand:
    """The claim is in a cell, so that it can be withdrawn by whoever switches everything off, and outlives a generation."""

    def __init__(self, cell: Claims, clock: Clock, reach: Callable[[], Reached | None], hear: Tell) -> None:
        self.reach = reach
        self._cell = cell
        self._clock = clock
        self._hear = hear
        self._tickets = itertools.count(1)
        self._first = 0

    @property
    def on(self) -> bool:
        """Whether nobody has taken the output away, as far as that is known."""
        return not self._cell.claim.withdrawn

    @property
    def read_back(self) -> float | None:
        """What the output does now, as it said last; None if nobody knows."""
        reached = self.reach()
        return None if reached is None else reached.cell.read_back

    def require(self, name: str) -> None:
        """Raise RefusedError `unavailable` for an output that cannot be driven at the moment."""
        if self.read_back is None:
            raise RefusedError("unavailable", f"{name} is not there at the moment; nothing was changed")

    @property
    def claim(self) -> Claim:
        """The claim of its present commands."""
        return self._cell.claim

    def take(self, until: float, who: str, wanted: Claim, value: float | None = None) -> int:
        """Put the hand on the output; return the ticket of its answer. Nothing is done if `wanted` is withdrawn.

        Without a `value` the output stays as it is.
        """
        self._cell.claim = Claim()
        # Whoever switches everything off withdraws what clients want first, and this claim after that: nothing slips through between.
        self._cell.claim.withdrawn = wanted.withdrawn
        begin = (self.read_back or 0.0) if value is None else value
        self._first = self._tell(begin, until + SPARE, who, until + SPARE)
        return self._first

    def drive(self, value: float, until: float, who: str) -> None:
        """Have the output at `value`, until the next command or `until` (monotonic) and a little more."""
        self._tell(value, until + SPARE, who, until + SPARE)

    def let_go(self, safe: float, who: str, *, anyway: bool = False) -> int | None:
        """Leave the output at its safe value, if the hand is still on it; `anyway`: whoever has it.

        Return the ticket of the output's answer, or None if none will come.
        """
        if anyway:
            self._cell.claim = Claim()
        told = self.on and self.reach() is not None
        ticket = self._tell(safe, self._clock.monotonic() + LATE, who, None)
        self._cell.claim = Claim(withdrawn=True)
        return ticket if told else None

    def leave(self, value: float, who: str) -> None:
        """Leave the output at `value` to `who`. The claim stays until the output has obeyed: who switches all off withdraws it before."""
        self._tell(value, self._clock.monotonic() + LATE, who, None)

    def forget(self) -> None:
        """Have no hand on the output, which has refused it."""
        self._cell.claim.withdrawn = True

    def is_mine(self, ticket: int) -> bool:
        """Return whether a command with this ticket belongs to the present claim."""
        return self.on and ticket >= self._first

    def _tell(self, value: float, expires: float, who: str, until: float | None) -> int:
        ticket, reached = next(self._tickets), self.reach()
        if reached is not None and self.on:
            reached.tell(SetPoint(ticket, value, expires, self._cell.claim, who, self._hear, until))
        return ticket
