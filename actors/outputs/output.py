"""What an output does and is seen to do: driving it, looking at it, its lease, and what is wrong with it. The half of its actor below.

`actors.outputs.actor` decides what it is driven to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.bench.devices import OutputSpec
from actors.core import events
from actors.core.actor import Child
from actors.core.cells import OutputCell
from actors.core.clock import Clock
from actors.core.ramp import STEP, Ramp
from actors.drivers.base import LeasedGpio, OutputDriver
from actors.errors import BusError, DeviceError, Fault, PermanentError, RefusedError, TransientError
from actors.messages import Condition, Done, Heartbeat, ReadBack, ResetLease, Safe, SetPoint, Tell
from actors.outputs.lease import Lease, refused_by_lease
from actors.outputs.regulated import Regulated
from pilotage.words import number

GPIO_LOST: Final = "gpio_unavailable"
"""The code of a GPIO back end that cannot be reached: only a new generation, with a new connection, can help."""
MAX_FAILURES: Final = 3
"""Failures in a row after which the chip of an output on the bus counts as lost."""
TOLERANCE: Final = 0.01
"""A read-back that moved by more than this share of full scale without a command was changed by somebody else."""


class Output(Child):
    """One output as hardware. Everything here runs in the actor's thread."""

    def __init__(
        self,
        spec: OutputSpec,
        generation: int,
        *,
        driver: OutputDriver,
        cell: OutputCell,
        parent: Tell,
        clock: Clock,
        log: Any,
        leased: LeasedGpio | None,
        close: Callable[[], None] | None,
    ) -> None:
        super().__init__(spec.id, generation, parent, clock)
        cell.rests = False
        self.spec = spec
        self.driver = driver
        self.cell = cell
        self._fault: Fault | None = None
        self._applied: float | None = None
        self._left = spec.safe  # the read-back after the last change: what it must still be
        cell.ramp = cell.lingers_until = None
        self._next_step = 0.0
        self._failures = 0
        self._at_rest: float | None = None
        self._unfit_for: Fault | None = None
        self._passing = False  # whether the last trouble is one that may pass by itself
        self._log = log
        self._close = close
        self._lease = Lease(leased, spec, cell, clock, log)
        self._regulated = Regulated(spec, cell)

    def end(self) -> None:
        """Leave the output at its safe value, whatever ended this actor."""
        try:
            self._at_rest = self.driver.apply(self.spec.safe)
            self.cell.rests = True
            self._lease.note(driven=False)
        except DeviceError as error:
            if error.code != GPIO_LOST and self.spec.pin is not None:
                raise
        finally:
            self._regulated.end("it has ended")
            self.cell.ramp = self.cell.lingers_until = None
            self.cell.publish(None, self.clock.monotonic())
            if self._close is not None:
                self._close()

    def turn_away(self, message: Any) -> None:
        """Say that the output has ended: at its safe value, to whoever wanted that."""
        if isinstance(message, SetPoint | ReadBack | ResetLease | Safe) and message.reply is not None:
            ended: Any = Fault("unavailable", f"{self.child} has just been stopped; nothing was changed")
            if isinstance(message, Safe) and self._at_rest is not None:
                ended = self._at_rest
            message.reply(Done(message.ticket, ended))

    def _drive(self, value: float) -> float:
        if self.vitals.fenced and value != self.spec.safe:
            raise PermanentError("revoked", "this generation has been replaced; it may not drive the output any more")
        self._require_lease(value)
        self._applied = None  # what a failed attempt leaves behind is not known
        try:
            found = self.driver.apply(value)
        except DeviceError as error:
            if refused_by_lease(error):
                self._lease.latch()
                self._note_expired()
                self._require_lease(value)
            raise
        self._left = self._seen(found)
        self._applied = value if found == self.spec.safe else found  # a little above 0 rounds to 0, but is not off
        if self._applied != self.spec.safe:
            self._unfit_for = None
        self._lease.note(driven=self._applied != self.spec.safe)
        return found

    def _approach(self, value: float) -> float:
        """Drive to `value`: at once, or step by step where a ramp is configured; the safe value always at once. Return the read-back."""
        self.cell.ramp = None
        start = self.cell.read_back if self._applied is None else self._applied
        if self.spec.ramp is None or value in {self.spec.safe, start} or start is None:
            return self._drive(value)
        self._require_lease(value)
        self.cell.ramp = Ramp(start, value, self.spec.ramp, self.clock.monotonic())
        self._next_step = self.clock.monotonic() + STEP
        return self._look()

    def _slew(self, now: float) -> None:
        """Take the next step of the ramp."""
        self._next_step = now + STEP
        ramp = self.cell.ramp
        assert ramp is not None  # noqa: S101 - narrows the type: called with a ramp only
        if ramp.done(now):
            self.cell.ramp = None
        try:
            self._drive(ramp.at(now))
        except (DeviceError, RefusedError) as error:
            self._trouble(error)

    def _look(self) -> float:
        return self._seen(self.driver.read_back())

    def _seen(self, value: float) -> float:
        self.cell.frequency = self.driver.frequency()
        self.cell.publish(value, self.clock.monotonic())
        self._failures = 0
        return value

    def _limited(self, value: float) -> float:
        """Return the set-point nearest to `value`: the safe value, or one within the limits and below the ceiling."""
        if value == self.spec.safe:
            return value
        limited = min(max(value, self.spec.min), self.spec.max)
        return limited if self.spec.ceiling is None else min(limited, self.spec.ceiling)

    def _clamped(self, command: SetPoint) -> float:
        """Return the set-point nearest to what is asked, and record that it is another one; a loop sees that by itself."""
        limited = self._limited(command.value)
        if limited != command.value and not command.regulates:
            self._log.warning(events.SET_POINT_CLAMPED, asked=command.value, value=limited, units=self.spec.scale, client=command.client)
        return limited

    def _answer_read_backs(self, questions: list[ReadBack]) -> None:
        """Answer all that ask together by one look at the hardware; whoever's time is up has been answered already."""
        now = self.clock.monotonic()
        questions = [question for question in questions if now <= question.expires]
        if not questions:
            return
        trouble = None
        try:
            result: Any = self._look()
        except DeviceError as error:
            result, trouble = Fault.of(error), error
        for question in questions:
            question.reply(Done(question.ticket, result))
        if trouble is not None:
            self._trouble(trouble)

    def _require_lease(self, value: float) -> None:
        """Refuse everything but the safe value while the lease is latched."""
        fault = self._lease.fault()
        if fault is not None and value != self.spec.safe:
            raise RefusedError(fault.code, fault.message)

    def _renew(self, beat: Heartbeat) -> None:
        before = self._lease.condition()
        try:
            if not self._lease.renew(beat, driven=self._applied != self.spec.safe or self.cell.ramp is not None):
                self._note_expired()
                self._look()
        except DeviceError as error:
            self._trouble(error)
        else:
            if self._lease.condition() != before:
                self._condition(self._lease.condition())

    def _note_expired(self) -> None:
        self._applied = self._left = self.cell.asked = self.spec.safe
        self.cell.ramp = None
        self.cell.safe_reason = "lease_expired"
        self._regulated.end("lease_expired")

    def _reset_lease(self, order: ResetLease) -> None:
        if self.clock.monotonic() > order.expires:
            return
        try:
            self._end_latch("reset")
        except DeviceError as error:
            order.reply(Done(order.ticket, Fault.of(error)))
            self._trouble(error)
            return
        state = self.cell.lease
        result: Any = Fault("no_lease", f"{self.spec.id} has no lease") if state is None else {"output": self.spec.id, "lease": state.state}
        order.reply(Done(order.ticket, result))

    def _end_latch(self, reason: str) -> None:
        if self._lease.fault() is not None:
            self._lease.reset(reason)
            self._condition(self._lease.condition())

    def _verify(self) -> None:
        """Compare what the output does with what was asked; say so once when it differs."""
        try:
            value = self._look()
            if self._applied is not None and self._is_off(value) and self._lease.ran_out():
                self._note_expired()
        except DeviceError as error:
            self._trouble(error)
            return
        if self._applied is None and not self._is_known_again(value):
            return
        if self._is_off(value):
            left, found = self.spec.level(self._left), self.spec.level(value)
            text = f"{self.spec.name} was left at {left} but now reads back {found}: somebody else drives it"
            self._condition(Fault("output_changed", text))
        else:
            self._condition(self._lease.condition() or self._false_frequency() or self._unfit_for)

    def _is_known_again(self, value: float) -> bool:
        """After a failed attempt: note whether the output is safe where it was to be, or untouched by an error that passes."""
        safe, untouched = value == self.spec.safe, self._passing and not self._is_off(value)
        if not (untouched if self.cell.safe_reason is None else safe):
            return False
        self._applied = self._left = value
        self._lease.note(driven=value != self.spec.safe)
        return True

    def _unfit(self) -> DeviceError | None:
        """Return, and note until it has been driven, why the output cannot be driven as it is configured."""
        try:
            self.driver.require()
        except DeviceError as error:
            if error.code == GPIO_LOST:
                raise
            self._unfit_for = Fault.of(error)
            return error
        return None

    def _false_frequency(self) -> Fault | None:
        """Return what is wrong with the frequency: somebody else may have changed it, or restarted what makes it."""
        nominal, found = self.spec.pwm_frequency, self.cell.frequency
        if nominal is None or found is None or abs(found - nominal) <= TOLERANCE * nominal:
            return None
        return Fault(
            "pwm_untrue", f"{self.spec.name} was set to {number(nominal)} Hz but makes {number(found)} Hz: somebody else changed it"
        )

    def _is_off(self, value: float) -> bool:
        return abs(value - self._left) > TOLERANCE * abs(self.spec.max)

    def _condition(self, fault: Fault | None) -> None:
        if (fault and fault.code) == (self._fault and self._fault.code):
            return
        self._fault = fault
        if fault is None:
            self._log.info(events.OUTPUT_RECOVERED)
        elif fault.code != "lease_expired":  # which has a record of its own
            self._log.error(
                events.OUTPUT_CHANGED if fault.code == "output_changed" else events.OUTPUT_FAULT,
                error_code=fault.code,
                reason=fault.message,
            )
        self._parent(Condition(self.child, self.generation, fault))

    def _trouble(self, error: DeviceError | RefusedError) -> None:
        """End this generation when the way to the hardware, or the chip, is lost; otherwise report the output as degraded."""
        if isinstance(error, DeviceError) and (error.code == GPIO_LOST or self._chip_is_lost(error)):
            raise error
        self._passing = isinstance(error, TransientError)
        self._condition(Fault.of(error))

    def _chip_is_lost(self, error: DeviceError) -> bool:
        """Whether an output on the bus is to be given up until its chip, or the bus, is there again."""
        if self.spec.address is None:
            return False
        self._failures += 1
        return self._failures >= MAX_FAILURES or isinstance(error, BusError | PermanentError)
