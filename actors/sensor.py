"""The sensor actor: measures in its own time, keeps the last outcome, and dies on purpose when its chip is lost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import structlog

from actors.bench.devices import SensorSpec
from actors.core import events
from actors.core.actor import Child, fault_of
from actors.core.cells import SensorCell
from actors.core.clock import Clock
from actors.drivers.base import SensorDriver, Value
from actors.errors import OVER, UNDER, BusError, DeviceError, Fault, PermanentError, TransientError, from_os_error
from actors.hardware.i2c.contact import Contact
from actors.messages import Condition, Failure, Measure, Outcome, Reading, Tell, Tick

log = structlog.get_logger()

RETRIES: Final = 2
"""Extra tries of one measurement after an error that often is a passing one."""
RETRY_PAUSE: Final = 0.01
"""Seconds between them: ten times the longest transfer of our chips."""
RETRY_WITHIN: Final = 0.5
"""Seconds after which a measurement is not tried again: three long ones in a row would look like a hang."""
MAX_FAILURES: Final = 3
"""Failed measurements in a row after which the chip counts as lost."""
_NOT_AT_ONCE: Final = frozenset({"bus_timeout"})
"""A time-out holds the whole adapter; trying again at once would make every other chip wait again."""


class SensorActor(Child):
    """One sensor. Everything here runs in the actor's thread."""

    def __init__(
        self,
        spec: SensorSpec,
        generation: int,
        *,
        driver: SensorDriver,
        cell: SensorCell,
        parent: Tell,
        clock: Clock,
        claim: Callable[[int], None],
        close: Callable[[], None],
        contact: Contact | None = None,
        advice: str = "",
    ) -> None:
        """Measure with `driver`. `advice` is what to look for where a chip has never answered."""
        super().__init__(spec.id, generation, parent, clock)
        self.spec = spec
        self.driver = driver
        self.cell = cell
        self._claim = claim
        self._close = close
        self._contact = contact or Contact()
        self._advice = advice
        self._failures = 0
        self._loose = False
        self._faulty: dict[str, str] = {}
        self._next_sample = 0.0
        self._conversion_due: float | None = None
        self._log = log.bind(actor=spec.id, generation=generation, address=spec.where)

    def begin(self) -> None:
        """Initialise the chip and take a first measurement; raises DeviceError when there is none: a sensor that serves has measured."""
        try:
            if self.driver.on_i2c:
                self._claim(self.spec.address)
            self.driver.connect()
        except OSError as error:
            raise self._translated(error) from error
        self._measure(at_once=True)
        self.serve(channels=[channel.name for channel in self.driver.channels_of(self.driver.options)])

    def handle(self, message: Any) -> None:
        """Take a measurement if the message, or the time, asks for one."""
        match message:
            case Tick():
                self._on_time()
            case Measure():
                self._on_demand(message)
            case _:
                self._log.error(events.INTERNAL_ERROR, problem=f"unknown message {type(message).__name__}")

    def end(self) -> None:
        """Let go of the bus."""
        self._close()

    def _on_time(self) -> None:
        due, now = self._conversion_due, self.clock.monotonic()
        if now >= self._next_sample or (due is not None and now >= due):
            self._measure()
        else:
            self._rearm()

    def _on_demand(self, wish: Measure) -> None:
        if _satisfies(self.cell.outcome, wish):
            return
        if wish.conversion and self.driver.lag:
            due = wish.after + self.driver.lag
            if due > self.clock.monotonic():
                # The earliest wins: whoever needs a later conversion asks again when this one is published, and nobody can put it off.
                self._conversion_due = due if self._conversion_due is None else min(due, self._conversion_due)
                self._rearm()
                return
        self._measure()

    def _rearm(self) -> None:
        due = self._conversion_due
        self.wake_at(self._next_sample if due is None else min(due, self._next_sample))

    def _measure(self, *, at_once: bool = False) -> None:
        """Measure, and publish what comes of it; raises when the chip is lost: by this failure, `at_once`, or by several in a row."""
        begun = self.clock.monotonic()
        try:
            values = self._attempts()
        except BaseException as error:  # noqa: BLE001 - whatever a library raises is an outcome here; a bug ends the generation below
            self._failed(error, begun, fatal=at_once)
            return
        at = self.clock.monotonic()
        begun -= self.driver.lag
        raw = {name: _finite(value) for name, value in values.items()}
        self.cell.publish(Reading(self._calibrated(raw), raw, begun, at, time.time()))
        self._note_channels(raw)
        if not at_once:
            self._note_contact()
        self._scheduled(begun if not self.driver.lag else at)

    def _scheduled(self, last: float) -> None:
        """Plan the next background sample `period` after the beginning of the last one."""
        now = self.clock.monotonic()
        self._next_sample = max(last + self.spec.period, now)
        if self._conversion_due is not None and now >= self._conversion_due:
            self._conversion_due = None
        self._rearm()

    def _attempts(self) -> Mapping[str, Value]:
        until = self.clock.monotonic() + RETRY_WITHIN
        for attempt in range(RETRIES + 1):
            try:
                return self.driver.measure()
            except (OSError, TransientError) as error:
                translated = self._translated(error)
                hopeless = not isinstance(translated, TransientError) or translated.code in _NOT_AT_ONCE
                if hopeless or attempt == RETRIES or self.clock.monotonic() >= until:
                    raise translated from error
                self.clock.sleep(RETRY_PAUSE)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _translated(self, error: OSError | DeviceError) -> DeviceError:
        if isinstance(error, DeviceError):
            return error
        where = self.spec.where
        translated = from_os_error(error, where)
        if translated.code in {"no_ack", "bus_io"} and self._contact.sometimes:
            fault = self._contact.fault(where)
            return TransientError(fault.code, fault.message, error.errno)
        if translated.code == "no_ack" and self._contact.never and self._advice:
            return TransientError(translated.code, f"{translated.message}; {self._advice}", translated.errno)
        return translated

    def _failed(self, error: BaseException, begun: float, *, fatal: bool) -> None:
        fault = fault_of(error)
        self.cell.publish(Failure(fault, begun, self.clock.monotonic(), time.time()))
        if not isinstance(error, DeviceError):
            raise error
        self._failures += 1
        if fatal or isinstance(error, BusError | PermanentError) or self._failures >= MAX_FAILURES:
            raise error
        if self._failures == 1:
            self._degraded(fault, measured=False)
        self._scheduled(self.clock.monotonic())

    def _degraded(self, fault: Fault, *, measured: bool) -> None:
        facts: dict[str, Any] = {"error_code": fault.code, "errno": fault.errno, "reason": fault.message}
        self._log.warning(events.SENSOR_CONTACT_BAD if measured else events.SENSOR_DEGRADED, **facts)
        self._parent(Condition(self.child, self.generation, fault))

    def _note_contact(self) -> None:
        """Say, after a measurement that succeeded, whether all is well: it is not while many of its transfers had to be repeated."""
        failed, before = self._failures, self._loose
        self._failures, self._loose = 0, self._contact.bad
        if self._loose and (failed or not before):
            self._degraded(self._contact.fault(self.spec.where), measured=True)
        elif (failed or before) and not self._loose:
            self._log.info(events.SENSOR_RECOVERED if failed else events.SENSOR_CONTACT_GOOD)
            self._parent(Condition(self.child, self.generation, None))

    def _note_channels(self, values: Mapping[str, Value]) -> None:
        """Record a channel that broke or mended, once each."""
        for name, value in values.items():
            known = self._faulty.get(name)
            if isinstance(value, Fault):
                if known != value.code:
                    self._faulty[name] = value.code
                    self._log.warning(events.CHANNEL_FAULT, channel=name, error_code=value.code, reason=value.message)
            elif known is not None:
                del self._faulty[name]
                self._log.info(events.CHANNEL_RECOVERED, channel=name)

    def _calibrated(self, raw: dict[str, Value]) -> dict[str, Value]:
        if not self.spec.calibration:
            return raw
        values = dict(raw)
        for name, calibration in self.spec.calibration.items():
            value = raw.get(name)
            if isinstance(value, float):
                values[name] = _finite(value * calibration.scale + calibration.offset)
            elif isinstance(value, Fault) and value.side and calibration.scale < 0:
                values[name] = replace(value, code=UNDER if value.side > 0 else OVER)
        return values


def _satisfies(outcome: Outcome | None, wish: Measure) -> bool:
    match outcome:
        case None:
            return False
        case Failure():
            return outcome.at >= wish.asked
        case Reading():
            return (outcome.begun if wish.conversion else outcome.at) >= wish.after


def _finite(value: Value) -> Value:
    if isinstance(value, Fault):
        return value
    number = float(value)
    return number if math.isfinite(number) else Fault("bad_frame", "the chip's answer is no finite number")
