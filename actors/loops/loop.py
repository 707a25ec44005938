"""What a loop is and does: its mode, its steps, what it holds and what it says of itself. The half of its actor below.

`actors.loops.actor` decides when.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import structlog

from actors.core import events
from actors.core.actor import Child
from actors.core.cells import LoopCell
from actors.core.clock import Clock
from actors.core.mailbox import Letter
from actors.errors import Fault, RefusedError
from actors.loops.hand import Hand, Reached
from actors.loops.law import regulate, settled
from actors.loops.law.memory import Finding, Memory, Sample
from actors.loops.setting import Setting, document_of
from actors.loops.status import Mode, View
from actors.loops.store import Models
from actors.loops.tuner import Spare, Tuner
from actors.messages import Claim, Done, LoopOrder, Reading, Tell
from pilotage.words import number

log = structlog.get_logger()

DRIVES: Final = frozenset({"auto", "tune"})
"""Modes in which the output is the loop's."""


class Awaited(NamedTuple):
    """An output's answer that is due: the ticket it has, whose `orders` wait for it, and the mode before, in case it is a refusal."""

    ticket: int
    orders: list[LoopOrder]
    former: Mode


class Loop(Child):
    """One loop. Everything here runs in the actor's thread. It begins switched off, whatever it held before."""

    def __init__(
        self,
        setting: Setting,
        generation: int,
        *,
        cell: LoopCell,
        reach: Callable[[str], Reached | None],
        models: Models,
        parent: Tell,
        clock: Clock,
    ) -> None:
        """`reach` returns a child's present generation, or None while there is none; `models` keeps what was tuned."""
        super().__init__(setting.spec.id, generation, parent, clock)
        self.setting = setting
        self.cell = cell
        self._reach = reach
        self._models = models
        self._log = log.bind(actor=setting.spec.id)
        self._hand = Hand(cell, clock, lambda: self._reach(self.setting.output.id), self._hear)
        self._model = setting.model(models.recall(setting.spec.id))
        self._mode = Mode("off", "it was started" if generation == 1 else "it was started again", time.time())
        self._memory: Memory | None = None
        self._found: Finding | None = None
        self._sample: Sample | None = None
        self._recent: settled.Readings = ()
        self._trouble = "nothing was heard of it"
        self._awaited: Awaited | None = None
        self._offs: dict[int, LoopOrder] = {}
        self._missed: Claim | None = None
        self._tuner: Tuner | None = None
        self._fan_hand = Hand(Spare(), clock, lambda: self._reach(self.setting.spec.fan.id) if self.setting.spec.fan else None, self._hear)

    def end(self) -> None:
        """Let go of the output, at its safe value, whatever ended this actor."""
        self._switch_off("it has ended", quiet=True)

    def turn_away(self, message: Any) -> None:
        """Say that the loop has ended."""
        if isinstance(message, LoopOrder):
            message.reply(Done(message.ticket, Fault("unavailable", f"the loop {self.child} has just been stopped; nothing was changed")))

    @property
    def _who(self) -> str:
        return f"loop {self.setting.spec.name}"

    def _hear(self, message: Any) -> None:
        """Put an output's answer into the mailbox. Any thread."""
        self.actor_inbox.put(Letter(message))  # type: ignore[arg-type]

    def _valid_until(self) -> float:
        """Until when what is known of the value may be acted on (monotonic)."""
        return float("-inf") if self._sample is None else self._sample.at + self.setting.spec.lost_after

    def _require(self, targets: list[float]) -> None:
        """Refuse what the loop cannot hold, or what would be driven blindly. Raises RefusedError."""
        self._require_range(targets)
        spec = self.setting.spec
        if self._model is None and spec.hysteresis is None:
            raise RefusedError("not_tuned", f"{spec.name} is not tuned: `pilotage tune {spec.name}` first, or 'k', 'gain' and 'dead_time'")
        self._require_sight()

    def _require_range(self, targets: list[float]) -> None:
        spec = self.setting.spec
        units = f" {spec.channel.units}".rstrip()
        wrong = next((target for target in targets if not spec.min <= target <= spec.max), None)
        if wrong is not None:
            allowed = f"{number(spec.min)} to {number(spec.max)}{units}, or 0 for off"
            raise RefusedError("out_of_range", f"{number(wrong)}{units} is no set-point of {spec.name}: allowed are {allowed}")

    def _require_sight(self) -> None:
        """Refuse to drive what cannot be seen, or is not there."""
        if self.clock.monotonic() >= self._valid_until():
            raise RefusedError("loop_lost", f"{self.setting.spec.channel} has given no good reading lately: {self._trouble}")
        self._hand.require(self.setting.output.name)

    def _regulate(self, sample: Sample | None) -> None:
        """Make one step of the law, or without a sample answer the fan, and tell the output."""
        spec, memory, now = self.setting.spec, self._memory, self.clock.monotonic()
        assert memory is not None  # noqa: S101 - narrows the type: in auto there is one
        duty = self.setting.duty_of(self._hand.read_back)
        self._memory, command = regulate.advance(spec, self._model, memory, sample, duty, self._fan(), self._ambient(), now)
        if command.fresh or (command.duty != memory.duty and not command.lost):
            self._hand.drive(command.duty * self.setting.output.max, command.valid_until, self._who)
        self._notice(command.found)

    def _notice(self, found: Finding) -> None:
        """Record what the law has noticed that was not so before."""
        before, self._found = self._found or Finding(), found
        memory, units = self._memory, self.setting.spec.channel.units
        assert memory is not None  # noqa: S101 - narrows the type: in auto there is one
        facts = {"value": memory.target, "units": units}
        if (found.settled_since is None) is not (before.settled_since is None):
            self._log.info(events.LOOP_UNSETTLED if found.settled_since is None else events.LOOP_SETTLED, **facts)
        if found.saturated and not before.saturated:
            end = "" if found.reachable is None else f", which leads to {number(round(found.reachable, 1))} {units}"
            self._log.warning(events.LOOP_SATURATED, **facts, reason=f"it is at the end of its power{end}")
        if found.implausible and not before.implausible:
            level = self._log.error if found.trip else self._log.warning
            level(events.LOOP_IMPLAUSIBLE, reason=found.implausible)
        if found.implausible and found.trip:
            self._switch_off(found.implausible, lost=True)
        elif found.finished:
            self._switch_off("its program is over", quiet=True)

    def _fan(self) -> float | None:
        """Return what the loop's fan does, 0..1; None if it has none, or nobody knows."""
        fan = self.setting.spec.fan
        reached = None if fan is None else self._reach(fan.id)
        value = None if reached is None else reached.cell.read_back
        return None if fan is None or value is None else value / fan.full

    def _ambient(self) -> float | None:
        """Return the air around, as its sensor has it; None without one, or when it gives nothing."""
        ref = self.setting.spec.ambient
        reached = None if ref is None else self._reach(ref.sensor)
        outcome = None if reached is None else reached.cell.outcome
        value = outcome.values.get(ref.channel) if ref is not None and isinstance(outcome, Reading) else None
        return float(value) if isinstance(value, float | int) else None

    def _switch_off(self, why: str, client: str = "", *, lost: bool = False, ordered: bool = False, quiet: bool = False) -> int | None:
        """Hold nothing any more, and drive the output to its safe value if it is the loop's; `ordered` by a client: whoever has it.

        Return the ticket of the output's answer, or None if none will come.
        """
        ticket = None
        if self._mode.name in DRIVES or ordered:
            ticket = self._hand.let_go(self.setting.output.safe, client or self._who, anyway=ordered)
        if self._mode.name == "tune" and self._tuner is not None:
            self._tuner.abort(f"it was broken off: {why}")
            self._tuned(self._tuner, client)
        elif self._mode.name != "off":
            self._enter("off", why, client, lost=lost, quiet=quiet)
        elif ordered:
            self._mode = Mode("off", why, self._mode.since, client)
        return ticket

    def _try(self, sample: Sample) -> None:
        """Make one step of a tuning."""
        tuner = self._tuner
        if tuner is not None and tuner.step(sample, self._fan(), self._ambient()):
            self._hand.let_go(self.setting.output.safe, self._who)
            self._tuned(tuner)

    def _tuned(self, tuner: Tuner, client: str = "") -> None:
        """Keep what a tuning has found, or the constants that were there before; the loop is off after it."""
        spec, why = self.setting.spec, tuner.verdict
        if tuner.model is not None:
            self._models.remember(spec.id, {"of": self.setting.mark, "model": document_of(tuner.model)})
            self._model = self.setting.model(self._models.recall(spec.id))
            self._log.info(events.TUNE_DONE, reason=why)
        else:
            self._log.warning(events.TUNE_REFUSED, reason=why)
        self._enter("off", why if tuner.model is None else "it is tuned", client, quiet=True)

    def _enter(self, mode: str, why: str, client: str = "", *, lost: bool = False, quiet: bool = False) -> None:
        """Be in another mode, with nothing to hold, and record it."""
        self._memory = self._found = None
        self._mode = Mode(mode, why, time.time(), client, lost)
        awaited, self._awaited = self._awaited, None
        for order in () if awaited is None else awaited.orders:
            order.reply(Done(order.ticket, Fault("withdrawn", f"not applied: {why}")))
        if lost:
            self._log.error(events.LOOP_LOST, reason=why)
        else:
            asked_by = {"client": client} if client else {}
            (self._log.info if client or quiet else self._log.warning)(events.LOOP_MODE, mode=mode, reason=why, **asked_by)
        self._publish()

    def _publish(self) -> None:
        """Say how it is, to whoever reads it: the gateway, `status`."""
        duty = self.setting.duty_of(self._hand.read_back)
        known = self._memory, self._found, self._sample, self._recent
        tune = None if self._tuner is None else self._tuner.document()
        view = View(self.setting, self._mode, self._model, *known, duty, tune, self.clock.monotonic(), time.time())
        self.cell.publish(view.reading(), view.document())
