"""The actuator actor: the only one that drives its output; what it reports is what the hardware says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog

from actors import events
from actors.cells import OutputCell
from actors.child import Child
from actors.clock import Clock
from actors.drivers.base import LeasedGpio, OutputDriver
from actors.errors import DeviceError, Fault, RefusedError
from actors.leasing import LeaseKeeper, refused_by_lease
from actors.messages import Condition, Done, Heartbeat, ReadBack, ResetLease, Safe, SetPoint, Tell, Tick
from actors.specs import OutputSpec

log = structlog.get_logger()

GPIO_LOST: Final = "gpio_unavailable"
"""The code of a GPIO back end that cannot be reached: only a new generation, with a new connection, can help."""

CHECK_PERIOD: Final = 1.0
"""Seconds between looks at what the output really does."""
TOLERANCE: Final = 0.01
"""A read-back that moved by more than this share of full scale without a command was changed by somebody else."""


class ActuatorActor(Child):
    """One output. Everything here runs in the actor's thread."""

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
    ) -> None:
        super().__init__(spec.id, generation, parent, clock)
        self.spec = spec
        self.driver = driver
        self.cell = cell
        self._fault: Fault | None = None
        self._applied: float | None = None
        self._log = log.bind(actor=spec.id, generation=generation, **{"address" if spec.pin is None else "pin": where})
        self._close = close
        self._lease = LeaseKeeper(leased, spec, cell.lease, clock, self._log) if leased is not None else None
        if self._lease is not None:
            cell.lease = self._lease.state

    def begin(self) -> None:
        """Make the output safe, then, for an output that is no heater, go back to its set-point of this run of the daemon."""
        self._drive(self.spec.safe)
        if self._lease is not None:
            self._lease.begin()
        trouble = self._restored()
        self.cell.frequency = self.driver.frequency()
        self.serve(frequency=self.cell.frequency)
        if trouble is not None:
            self._trouble(trouble)
        elif self._lease is not None:
            self._condition(self._lease.condition())
        self.wake_at(self.clock.monotonic() + CHECK_PERIOD)

    def handle(self, message: Any) -> None:
        """Drive, read back, or make safe."""
        match message:
            case SetPoint():
                self._set(message)
            case ReadBack():
                self._answer_read_back(message)
            case Safe():
                self._make_safe(message)
            case Heartbeat():
                self._renew(message)
            case ResetLease():
                self._reset_lease(message)
            case Tick():
                self._verify()
                self.wake_at(self.clock.monotonic() + CHECK_PERIOD)
            case _:
                self._log.error(events.INTERNAL_ERROR, problem=f"unknown message {type(message).__name__}")

    def end(self) -> None:
        """Leave the output at its safe value, whatever ended this actor."""
        try:
            self.driver.apply(self.spec.safe)
        except DeviceError as error:
            if error.code != GPIO_LOST and self.spec.pin is not None:
                raise
        finally:
            self.cell.publish(None, self.clock.monotonic())
            if self._close is not None:
                self._close()

    def _restored(self) -> DeviceError | None:
        """Go back to the set-point; return what prevents it, so that a set-point the pin cannot make does not end every generation."""
        wanted = self.cell.asked
        if wanted is None or wanted == self.spec.safe or self.cell.safe_reason is not None:
            return None
        if self.spec.kind == "heater":
            self.cell.asked = self.spec.safe
            self._log.warning(events.OUTPUT_SAFE, reason="restarted", value=self.cell.read_back, units=self.spec.units)
            return None
        try:
            self._drive(wanted)
        except DeviceError as error:
            if error.code == GPIO_LOST:
                raise
            return error
        self._log.info(events.OUTPUT_RESTORED, value=self.cell.read_back, units=self.spec.units)
        return None

    def _set(self, command: SetPoint) -> None:
        if command.claim.withdrawn:
            return
        if self.clock.monotonic() > command.expires:
            self._log.warning(events.SET_POINT_REFUSED, error_code="expired", value=command.value, client=command.client)
            command.reply(Done(command.ticket, Fault("expired", f"the set-point for {self.spec.name} came too late and was not applied")))
            return
        value = self._clamped(command)
        before = self.cell.read_back
        try:
            after = self._drive(value)
        except (DeviceError, RefusedError) as error:
            command.reply(Done(command.ticket, Fault.of(error)))
            self._trouble(error)
            return
        self.cell.asked, self.cell.safe_reason = value, None
        if value == self.spec.safe:
            self._end_latch(f"{command.client} set it to {value:g}")
        command.reply(Done(command.ticket, after))
        if before != after:
            self._log.info(events.SET_POINT, value=after, before=before, units=self.spec.units, client=command.client)

    def _clamped(self, command: SetPoint) -> float:
        value = command.value
        if value == self.spec.safe:
            return value
        limited = min(max(value, self.spec.min), self.spec.max)
        if limited != value:
            self._log.warning(events.SET_POINT_CLAMPED, asked=value, value=limited, units=self.spec.units, client=command.client)
        return limited

    def _drive(self, value: float) -> float:
        self._require_lease(value)
        self._applied = None  # what a failed attempt leaves behind is not known
        try:
            self.driver.apply(value)
        except DeviceError as error:
            if self._lease is not None and refused_by_lease(error):
                self._lease.latch()
                self._note_expired()
                self._require_lease(value)
            raise
        self._applied = self._look()
        return self._applied

    def _require_lease(self, value: float) -> None:
        """Refuse everything but the safe value while the lease is latched."""
        fault = self._lease.fault() if self._lease is not None else None
        if fault is not None and value != self.spec.safe:
            raise RefusedError(fault.code, fault.message)

    def _renew(self, beat: Heartbeat) -> None:
        if self._lease is None:
            return
        before = self._lease.condition()
        try:
            if not self._lease.renew(beat, driven=self._applied != self.spec.safe):
                self._note_expired()
                self._look()
        except DeviceError as error:
            self._trouble(error)
        else:
            if self._lease.condition() != before:
                self._condition(self._lease.condition())

    def _note_expired(self) -> None:
        self._applied = self.cell.asked = self.spec.safe
        self.cell.safe_reason = "lease_expired"

    def _reset_lease(self, order: ResetLease) -> None:
        try:
            self._end_latch("reset")
        except DeviceError as error:
            order.reply(Done(order.ticket, Fault.of(error)))
            self._trouble(error)
            return
        result: Any = (
            Fault("no_lease", f"{self.spec.id} has no lease") if self._lease is None else {"output": self.spec.id, "lease": "held"}
        )
        order.reply(Done(order.ticket, result))

    def _end_latch(self, reason: str) -> None:
        if self._lease is not None and self._lease.fault() is not None:
            self._lease.reset(reason)
            self._condition(self._lease.condition())

    def _look(self) -> float:
        value = self.driver.read_back()
        self.cell.publish(value, self.clock.monotonic())
        return value

    def _answer_read_back(self, question: ReadBack) -> None:
        try:
            value = self._look()
        except DeviceError as error:
            question.reply(Done(question.ticket, Fault.of(error)))
            self._trouble(error)
            return
        question.reply(Done(question.ticket, value))

    def _make_safe(self, order: Safe) -> None:
        # Noted first: an order that fails because the hardware is out of reach must not be undone when it is back.
        self.cell.asked, self.cell.safe_reason = self.spec.safe, order.reason
        try:
            result: Any = self._drive(self.spec.safe)
        except DeviceError as error:
            result = Fault.of(error)
            if order.reply is not None:
                order.reply(Done(order.ticket, result))
            self._trouble(error)
            return
        self._log.info(events.OUTPUT_SAFE, reason=order.reason, value=result, units=self.spec.units)
        if order.reply is not None:
            order.reply(Done(order.ticket, result))

    def _verify(self) -> None:
        """Compare what the output does with what was asked; say so once when it differs."""
        try:
            value = self._look()
            self.cell.frequency = self.driver.frequency()
        except DeviceError as error:
            self._trouble(error)
            return
        if self._applied is None:
            return
        if abs(value - self._applied) > TOLERANCE * abs(self.spec.max):
            text = f"{self.spec.name} was left at {self._applied:g} {self.spec.units} but now reads back {value:g}: somebody else drives it"
            self._condition(Fault("output_changed", text))
        else:
            self._condition(self._lease.condition() if self._lease is not None else None)

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
        """End this generation when the way to the hardware is lost; otherwise report the output as degraded."""
        if isinstance(error, DeviceError) and error.code == GPIO_LOST:
            raise error
        self._condition(Fault.of(error))
