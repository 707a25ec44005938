"""A heater's lease as its actor sees it: renewed on proof of life of the supervisor only, latched when it ran out under heat."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

from actors.bench.devices import OutputSpec
from actors.core import events
from actors.core.cells import LeaseState, OutputCell
from actors.core.clock import Clock
from actors.drivers.base import LeasedGpio
from actors.errors import DeviceError, Fault
from actors.messages import Heartbeat

LEASE: Final = 2.0
"""Seconds without proof of life after which what survives this process switches the output off."""
FRESH: Final = 0.5
"""Seconds after which a heartbeat proves nothing any more: it may have waited in a mailbox while the supervisor died."""
TRIPPED: Final = "lease_tripped"
"""The code of a GPIO back end that refuses a pin because its lease ran out."""


class Lease:
    """The lease of one output. Actor thread; every method but `fault` may raise what the GPIO back end does.

    A lease that ran out while the output was at its safe value took nothing from anybody: it is recorded and begins anew by itself.
    One that ran out while the output was on stays that way, over generations of the actor, until somebody resets it.
    An output without a lease (`gpio` is None) may still be latched: by a heater that was at its pin before.
    """

    def __init__(self, gpio: LeasedGpio | None, spec: OutputSpec, cell: OutputCell, clock: Clock, log: Any) -> None:
        self._state = cell.lease or LeaseState(LEASE)
        self._was_driven = self._state.driven
        self._trouble: Fault | None = None
        self._gpio = gpio
        self._pin = -1 if spec.pin is None else spec.pin  # an output elsewhere has no lease
        self._level = int(spec.active_low)
        self._spec = spec
        self._clock = clock
        self._log = log
        cell.lease = self._state if gpio is not None or self.fault() is not None else None

    def begin(self) -> None:
        """Take the lease of an output that was just made safe."""
        if self._gpio is None:
            return
        self._gpio.lease(self._pin, LEASE, self._level)
        if self.fault() is not None:
            return
        if self._gpio.tripped(self._pin):
            if self._was_driven:
                self.latch()
                return
            self._gpio.reset_lease(self._pin)
            self._log.warning(events.LEASE_EXPIRED, reason="nobody renewed it while its actor was not there")
        self._enter("held")

    def note(self, *, driven: bool) -> None:
        """Note whether the output is on now, for a successor that finds the lease run out."""
        self._state.driven = driven

    def renew(self, beat: Heartbeat, *, driven: bool) -> bool:
        """Begin the lease anew if `beat` is fresh; `driven` tells whether the output is on. Return False if it is latched from now on."""
        if self._gpio is None or self._clock.monotonic() - beat.at > FRESH:
            return True
        try:
            self._gpio.renew(self._pin)
            self._trouble = None
            return self._held(self._gpio, driven=driven)
        except DeviceError as error:
            self._trouble = Fault.of(error)
            raise

    def _held(self, gpio: LeasedGpio, *, driven: bool) -> bool:
        if self.fault() is not None or not gpio.tripped(self._pin):
            return True
        if driven:
            self.latch()
            return False
        self._state.trips += 1
        gpio.reset_lease(self._pin)
        self._log.warning(events.LEASE_EXPIRED, reason=f"no proof of life for {LEASE:g} s; it was off already")
        return True

    def ran_out(self) -> bool:
        """Return whether the lease is found to have run out under heat just now; it is latched then."""
        if self._gpio is None or self.fault() is not None or not self._gpio.tripped(self._pin):
            return False
        self.latch()
        return True

    def latch(self) -> None:
        """Note that the lease ran out while the output was on."""
        self._state.trips += 1
        self._enter("expired")
        reason = f"no proof of life of the supervisor for {LEASE:g} s, so the output was switched off"
        self._log.critical(events.LEASE_EXPIRED, reason=reason, value=self._spec.safe, units=self._spec.scale)

    def reset(self, reason: str) -> None:
        """Let the lease begin anew, if it is latched; the output stays at its safe value."""
        if self._gpio is not None:
            self._gpio.reset_lease(self._pin)
        if self.fault() is not None:
            self._enter("unknown" if self._gpio is None else "held")
            self._log.info(events.LEASE_RESET, reason=reason)

    def fault(self) -> Fault | None:
        """Return why the output may not be driven, and what to do; None while nothing is latched."""
        return latched(self._state, self._spec)

    def condition(self) -> Fault | None:
        """Return what is wrong with the lease, latched or not."""
        return self.fault() or self._trouble

    def _enter(self, state: str) -> None:
        self._state.state, self._state.since, self._state.time = state, self._clock.monotonic(), time.time()


def latched(state: LeaseState, spec: OutputSpec) -> Fault | None:
    """Return why an output may not be driven: a lease ran out under heat at its pin, whatever that was called. None if none did."""
    if state.state != "expired":
        return None
    why = f". It has a lease because it is taken for a heater: {spec.kind_reason}" if spec.guessed else ""
    when = datetime.fromtimestamp(state.time).astimezone().strftime("%H:%M:%S")
    return Fault(
        "lease_expired",
        f"{spec.id} was switched off at {when}: its lease ran out, since the daemon gave no proof of life for {LEASE:g} s. "
        f"To drive it again set it to {spec.safe:g} first, or run `pilotage reset {spec.id}`{why}",
    )


def refused_by_lease(error: Exception) -> bool:
    """Return whether a GPIO back end refused a command because the lease ran out."""
    return isinstance(error, DeviceError) and error.code == TRIPPED
