"""What an output knows of the loop that drives it: until when its last word counts, and that it is told when it is over. Actor thread."""

from __future__ import annotations

from actors.bench.devices import OutputSpec
from actors.core.cells import OutputCell
from actors.messages import SetPoint, Taken

LAPSED = "its loop is silent"
"""Why an output is made safe whose loop has not renewed its command in time."""
SMALLEST = 0.001
"""Share of full scale below which a loop's step is not written: it renews the command, and no heater is the warmer for it."""


class Regulated:
    """The last command of a loop, while that loop alone drives the output.

    Whoever else drives it ends that, for good: the commands of the loop that follow carry the same claim, which is withdrawn.
    """

    def __init__(self, spec: OutputSpec, cell: OutputCell) -> None:
        """Begin without a loop: what drove the generation before must not go on by itself, nor may its last value come back."""
        self._spec = spec
        self._cell = cell
        self._command: SetPoint | None = None
        if cell.claim is not None:
            cell.claim.withdrawn, cell.claim = True, None
            cell.asked = spec.safe

    @property
    def until(self) -> float | None:
        """When the last command of the loop runs out (monotonic); None without a loop."""
        return None if self._command is None else self._command.valid_until

    def lapsed(self, now: float) -> bool:
        """Return whether the loop has not renewed its command in time."""
        return self.until is not None and now >= self.until

    def renews(self, command: SetPoint, value: float, applied: float | None) -> bool:
        """Return whether `command`, of the loop that drives the output, asks for what it does already: `applied`, as it was written."""
        mine = self._command is not None and command.claim is self._command.claim
        if not mine or self._cell.ramp is not None or applied is None or self._spec.safe in {value, applied}:
            return False
        return abs(value - applied) < SMALLEST * abs(self._spec.max)

    def follow(self, command: SetPoint, value: float) -> None:
        """Note who drives the output now, and to what: a loop, whose command runs out, or somebody else."""
        if not command.regulates:
            self.end("hand", command.client, asked=value)
            return
        if self._command is not None and self._command.claim is not command.claim:
            self.end("loop", command.client, asked=value)
        self._command, self._cell.claim = command, command.claim

    def end(self, reason: str, client: str = "", *, asked: float | None = None) -> None:
        """Take the output away from its loop, if it has one, and tell it why; `asked`: what another one wants of it, if one does."""
        command, self._command, self._cell.claim = self._command, None, None
        if command is not None:
            command.claim.withdrawn, self._cell.asked = True, self._spec.safe if asked is None else asked
            command.reply(Taken(command.claim, reason, client))
