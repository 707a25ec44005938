"""The actor of an output: the only one that drives its output; what it reports is what the hardware says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import structlog

from actors.bench.devices import OutputSpec
from actors.core import events
from actors.core.cells import OutputCell
from actors.core.clock import Clock
from actors.core.ramp import STEP
from actors.drivers.base import LeasedGpio, OutputDriver
from actors.errors import DeviceError, Fault, RefusedError
from actors.messages import Done, Heartbeat, Hold, Permit, ReadBack, ResetLease, Safe, SetPoint, Tell, Tick
from actors.outputs.output import GPIO_LOST, Output
from actors.outputs.permit import SILENT, Permission
from actors.outputs.regulated import LAPSED
from actors.outputs.setpoint_store import Kept, SetPoints

log = structlog.get_logger()

CHECK_PERIOD, SOONER = 1.0, 0.6
"""Seconds between looks at what the output really does; and by how much earlier that is where a proof of life wakes the actor anyway."""
NEWS_WITHIN: Final = 0.2
"""Seconds that a set-point waits for an interlock that clears itself: its news may be under way (a fan just set, then its heater)."""
EXACT: Final = 0.01
"""Set-point units: a read-back is rounded to this much, and what must be off is not a little on."""
_ORDERED: Final = frozenset({"off", "stop", "lingered"})
"""Reasons to be safe that are nothing to worry about."""
_PASSING: Final = frozenset({"stop", SILENT})
"""Reasons after which an output with `restore` goes back to its set-point in the next run of the daemon."""


class OutputActor(Output):
    """One output: what it is driven to, and what not. Everything here runs in the actor's thread."""

    def __init__(
        self,
        spec: OutputSpec,
        generation: int,
        *,
        driver: OutputDriver,
        cell: OutputCell,
        parent: Tell,
        clock: Clock,
        where: str,
        leased: LeasedGpio | None = None,
        close: Callable[[], None] | None = None,
        needs_permit: bool = False,
        heat: Callable[[], float] | None = None,
        store: SetPoints | None = None,
    ) -> None:
        """Drive `spec`. `heat` tells when a heater was on last (monotonic); `store` keeps the set-point of an output with `restore`."""
        bound = log.bind(actor=spec.id, generation=generation, **{"address" if spec.pin is None else "pin": where})
        super().__init__(spec, generation, driver=driver, cell=cell, parent=parent, clock=clock, log=bound, leased=leased, close=close)
        self._permission = Permission(spec, needs_permit=needs_permit)
        self._heat = heat
        self._kept = Kept(store, f"{spec.id}@{where}")
        self._waiting: tuple[SetPoint, float] | None = None
        self._next_check = 0.0

    def begin(self) -> None:
        """Make the output safe, then, for an output that is no heater, go back to its set-point."""
        self._drive(self.spec.safe)
        self._lease.begin()
        trouble = self._unfit() or self._restored()
        self.serve(frequency=self.cell.frequency)
        if trouble is not None:
            self._trouble(trouble)
        else:
            self._condition(self._lease.condition())
        self._next_check = self.clock.monotonic() + CHECK_PERIOD
        self._rearm()

    def handle(self, message: Any) -> None:
        """Drive, read back, or make safe."""
        match message:
            case SetPoint():
                self._set(message)
            case ReadBack():
                self._answer_read_backs([message, *self.more(ReadBack)])
            case Safe():
                self._make_safe(message)
            case Permit():
                self._obey(message)
            case Heartbeat():
                self._renew(message)
                self._on_time(self.clock.monotonic(), SOONER)
            case ResetLease():
                self._reset_lease(message)
            case Tick():
                self._on_time(self.clock.monotonic())
            case _:
                self._log.error(events.INTERNAL_ERROR, problem=f"unknown message {type(message).__name__}")
        self._rearm()

    def _on_time(self, now: float, sooner: float = 0.0) -> None:
        """Do what is due: first whatever switches off."""
        if self._permission.silent(now) and self._applied != self.spec.safe:
            self._make_safe(Safe(SILENT))
        self._end_lapsed(now)
        if self.cell.lingers_until is not None and now >= self.cell.lingers_until:
            self._make_safe(Safe("lingered"), linger=False)
        if self._waiting is not None and now >= self._waiting[1]:
            self._refuse_waiting()
        if self.cell.ramp is not None and now >= self._next_step:
            self._slew(now)
        if now >= self._next_check - sooner:
            self._verify()
            self._hold_safe(now)
            self._kept.keep()
            self._next_check = self.clock.monotonic() + CHECK_PERIOD

    def end(self) -> None:
        """Leave the output at its safe value, whatever ended this actor, and its set-point where the next run finds it."""
        try:
            super().end()
        finally:
            self._kept.end()

    def _rearm(self) -> None:
        due, soon = [self._next_check], self.clock.monotonic() + STEP
        due += [self._next_step] if self.cell.ramp is not None else []
        due += [self._waiting[1]] if self._waiting is not None else []
        if self._permission.until is not None and self._applied != self.spec.safe:
            due.append(max(self._permission.until, soon) if self._applied is None else self._permission.until)
        due += [until for until in (self.cell.lingers_until, self._regulated.until) if until is not None]
        self.wake_at(min(due))

    def _restored(self) -> DeviceError | None:
        """Go back to the set-point; return what prevents it, so that a set-point the pin cannot make does not end every generation."""
        wanted, reason = self.cell.asked, "the output was restarted"
        if wanted is None:
            wanted, reason = self._kept.recall(), "the daemon was restarted"
        if wanted is None or wanted == self.spec.safe or self.cell.safe_reason is not None:
            return None
        if not self.spec.may_restore:
            self.cell.ask(self.spec.safe, "restarted")
            self._log.warning(events.OUTPUT_SAFE, reason="restarted", value=self.cell.read_back, units=self.spec.scale)
            return None
        wanted = self._limited(wanted)
        try:
            self._approach(wanted)
        except DeviceError as error:
            if error.code == GPIO_LOST:
                raise
            return error
        self.cell.ask(wanted, reason)
        self._log.info(events.OUTPUT_RESTORED, value=wanted, units=self.spec.scale, reason=reason)
        return None

    def _end_lapsed(self, now: float) -> None:
        """Make the output safe whose loop has said nothing for too long, whatever became of it."""
        if self._regulated.lapsed(now):
            self._make_safe(Safe(LAPSED))

    def _set(self, command: SetPoint) -> None:
        now = self.clock.monotonic()
        self._end_lapsed(now)  # first: a loop that comes back too late has lost its claim
        if command.claim.withdrawn or (command.regulates and self._waiting):  # a loop comes again; who waits for an interlock does not
            return
        self._refuse_waiting()
        if now > command.expires:
            self._log.warning(events.SET_POINT_REFUSED, error_code="expired", value=command.value, client=command.client)
            command.reply(Done(command.ticket, Fault("expired", f"the set-point for {self.spec.name} came too late and was not applied")))
            return
        value, fault = self._clamped(command), self._refusal(command)
        if fault is not None:
            if self._permission.may_clear(now):
                self._waiting = (command, min(now + NEWS_WITHIN, command.expires))
            else:
                self._refuse(command, fault)
            return
        before = self.cell.read_back
        try:
            if command.regulates:
                self._require_lease(math.nan)
            after = self._look() if self._regulated.renews(command, value, self._applied) else self._approach(value)
        except (DeviceError, RefusedError) as error:
            command.reply(Done(command.ticket, Fault.of(error)))
            self._trouble(error)
            return
        self._asked(command, value)
        if value == self.spec.safe and not command.regulates:
            self._end_latch(f"{command.client} set it to {value:g}")
        command.reply(Done(command.ticket, after))
        heading_for = after if self.cell.ramp is None else value
        if before != heading_for and not command.regulates:
            self._log.info(events.SET_POINT, value=heading_for, before=before, units=self.spec.scale, client=command.client)

    def _refusal(self, command: SetPoint) -> Fault | None:
        return self._permission.refusal(self._limited(command.value), self.clock.monotonic(), regulates=command.regulates)

    def _refuse(self, command: SetPoint, fault: Fault) -> None:
        self._log.warning(events.SET_POINT_REFUSED, error_code=fault.code, value=command.value, client=command.client)
        command.reply(Done(command.ticket, fault))

    def _refuse_waiting(self) -> None:
        """Answer the set-point that waits for an interlock: it has waited long enough, or another one comes."""
        if self._waiting is not None:
            command, self._waiting = self._waiting[0], None
            fault = self._refusal(command)
            if not command.claim.withdrawn:
                self._refuse(command, fault or Fault("withdrawn", f"not applied: another command for {self.spec.name} came first"))

    def _asked(self, command: SetPoint, value: float) -> None:
        """Note what a client wants now, also for after a restart; what a loop wants is over with the loop."""
        self._regulated.follow(command, value)
        self.cell.safe_reason = self.cell.lingers_until = None
        self.cell.ask(value, command.client)
        self._kept.note(self.spec.safe if command.regulates else value)

    def _obey(self, permit: Permit) -> None:
        """Do what interlocks ask now, ahead of everything else; then look again at a set-point that waits for them."""
        if not self._permission.take(permit):
            return
        now = self.clock.monotonic()
        silent, hold = self._permission.silent(now) or self._permission.gap, self._permission.order()
        if (holding := self._permission.holding or hold) is not None:
            self._regulated.end(f"interlock {holding.interlock}")  # also of an output that its loop keeps off at the moment
        if silent and self._applied != self.spec.safe:
            self._make_safe(Safe(SILENT))
        elif hold is not None and (self._applied != hold.value or self.cell.ramp is not None):
            self._force(hold)
        elif silent or (hold is not None and self._permission.is_new(hold)):
            self._permission.obeyed(hold)
            self._verify()
            self._hold_safe(now)
        if self._waiting is not None and self._refusal(self._waiting[0]) is None:
            command, self._waiting = self._waiting[0], None
            self._set(command)

    def _force(self, hold: Hold) -> None:
        by = f"interlock {hold.interlock}"
        if hold.value == self.spec.safe:
            if self._make_safe(Safe(by), linger=hold.yields):
                self._permission.obeyed(hold)
            return
        self.cell.ramp = self.cell.lingers_until = None
        try:
            value = self._drive(hold.value)
        except (DeviceError, RefusedError) as error:
            self._trouble(error)
            return
        self.cell.safe_reason = None
        self.cell.ask(hold.value, by)
        self._permission.obeyed(hold)
        self._log.info(events.SET_POINT, value=value, units=self.spec.scale, client=by)

    def _hold_safe(self, now: float) -> None:
        """Do again what failed, and switch off again what somebody else switched on while it must be off."""
        value, hold = self.cell.read_back, self._permission.order()
        on = value is not None and abs(value - self.spec.safe) > EXACT
        if hold is not None and (self._permission.is_new(hold) or (on and hold.value == self.spec.safe)):
            self._force(hold)
        elif on and self._permission.silent(now):
            self._make_safe(Safe(SILENT))
        elif on and self._applied is None and self.cell.safe_reason is not None and self.cell.lingers_until is None:
            self._make_safe(Safe(self.cell.safe_reason), linger=False)

    def _make_safe(self, order: Safe, *, linger: bool = True) -> bool:
        """Go to the safe value, or let a fan linger where that is wanted; return whether the hardware did it."""
        self._permission.closed = self._permission.closed or order.reason == "stop"
        self._refuse_waiting()
        self._regulated.end(order.reason, order.client)
        until = self._may_linger_until(order) if linger else None
        if until is not None:
            self.cell.lingers_until, self.cell.safe_reason = until, order.reason
            result: Any = self.cell.read_back
            self._log.info(events.OUTPUT_LINGERS, reason=order.reason, value=result, units=self.spec.scale)
        else:
            # Noted first: an order that fails because the hardware is out of reach must not be undone when it is back.
            self.cell.safe_reason, self.cell.ramp, self.cell.lingers_until = order.reason, None, None
            self.cell.ask(self.spec.safe, order.client or order.reason)
            try:
                result = self._drive(self.spec.safe)
            except DeviceError as error:
                if order.reply is not None:
                    order.reply(Done(order.ticket, Fault.of(error)))
                self._trouble(error)
                return False
            level = self._log.info if order.reason in _ORDERED else self._log.warning
            asked_by = {"client": order.client} if order.client else {}
            level(events.OUTPUT_SAFE, reason=order.reason, value=result, units=self.spec.scale, **asked_by)
        if order.reason not in _PASSING:
            self._kept.note(self.spec.safe)
        if order.reply is not None:
            order.reply(Done(order.ticket, result))
        return True

    def _may_linger_until(self, order: Safe) -> float | None:
        """Return until when a fan runs on (monotonic), or None: the daemon ends, no heater was on lately, or it lingers already."""
        if self.spec.linger is None or self._heat is None or order.reason == "stop" or self._applied == self.spec.safe:
            return None
        until = self._heat() + self.spec.linger
        return until if self.cell.lingers_until is None and until > self.clock.monotonic() else None
