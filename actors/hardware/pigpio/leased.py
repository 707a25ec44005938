"""The connection to pigpiod with leased pins, and pins that are made safe first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from actors.core.clock import Clock
from actors.errors import DeviceError, PermanentError
from actors.hardware.pigpio import lease_script
from actors.hardware.pigpio.api import Pi
from actors.hardware.pigpio.connection import PigpiodConnection
from actors.hardware.pigpio.lease_script import LeaseScript, Leftover

OUTPUT: Final = 1
HARDWARE_MODE: Final = MappingProxyType({12: 4, 13: 4, 18: 2, 19: 2})
"""GPIO -> the mode (ALT0 = 4, ALT5 = 2) in which it shows its hardware PWM channel (pigpio v79, `PWMDef`)."""


class LeasedPins(PigpiodConnection):
    """The half of `actors.hardware.pigpio.gpio.PigpioGpio` that keeps pins safe. Thread-safe.

    `safe_pins`, pin -> level, are written first on every new connection: pigpiod may have died and left a pin at either level.
    `on_leftover` is told of every lease script of an earlier life that was found and removed.
    """

    def __init__(
        self,
        connect: Callable[[], Pi],
        refusals: tuple[type[Exception], ...],
        *,
        safe_pins: Mapping[int, int] = MappingProxyType({}),
        clock: Clock | None = None,
        on_leftover: Callable[[Leftover], object] = lambda _leftover: None,
    ) -> None:
        super().__init__(connect, refusals, clock)
        self._safe_pins = dict(safe_pins)
        self._leases: dict[int, LeaseScript] = {}
        self._unclaimed: set[int] = set()
        self._on_leftover = on_leftover
        self._changed = False

    def set_safe_pins(self, safe_pins: Mapping[int, int]) -> None:
        """Write these pins first on every connection from now on; a lease of another pin, or with another level, has ended. Any thread."""
        self._safe_pins = dict(safe_pins)
        self._changed = True

    def lease(self, pin: int, seconds: float, safe_level: int) -> None:
        """Have a lease script inside pigpiod drive `pin` to `safe_level` when `renew` was not called for `seconds`, in steps of 0.1 s.

        A lease outlives the connection: on a new one its pin is made safe, and it begins anew.
        """
        if seconds <= 0:
            raise ValueError(f"a lease lasts longer than {seconds} s")

        def act(pi: Pi) -> None:
            known = self._leases.get(pin)
            if known is not None and pin in self._unclaimed:
                # Its pin has been safe since the connection was made: what ran out until its output came took nothing from anybody.
                self._unclaimed.discard(pin)
                lease_script.remove(self._ask, pi, known)
                known.tripped = False
            if known is not None and (known.seconds, known.level) == (seconds, safe_level):
                self._renew(pi, known)
                return
            if known is not None:
                lease_script.remove(self._ask, pi, known)
            lease = LeaseScript(pin, seconds, safe_level, tripped=known is not None and known.tripped)
            self._leases[pin] = lease
            if self._ask(pi.get_mode, pin) not in {OUTPUT, HARDWARE_MODE.get(pin, OUTPUT)}:
                self._drive(pi, pin, safe_level)
            lease_script.install(self._ask, pi, lease, self._clock)

        self._run_for(pin, act)

    def renew(self, pin: int) -> None:
        """Begin the lease of `pin` anew, unless it has tripped; raises `no_lease` for a pin that has none."""
        self._unclaimed.discard(pin)
        self._run_for(pin, lambda pi: self._renew(pi, self._lease_of(pin)))

    def tripped(self, pin: int) -> bool:
        """Return whether the lease of `pin` ran out, or its lease script was lost, since it was last reset, asked from pigpiod."""
        self._run_for(pin, lambda pi: self._look_after(pi, self._lease_of(pin)))
        return self._lease_of(pin).tripped

    def reset_lease(self, pin: int) -> None:
        """Allow a tripped `pin` to be driven again; it stays at its safe level, and its lease runs from now."""

        def act(pi: Pi) -> None:
            lease = self._lease_of(pin)
            self._look_after(pi, lease)
            self._drive(pi, pin, lease.level)
            lease_script.release(self._ask, pi, lease)

        self._run_for(pin, act, begins=True)

    def close(self) -> None:
        """Make every leased pin safe, remove its lease script, and let go of the connection; other outputs stay as they are.

        The next use connects again. A lease script that cannot be removed holds its pin safe by itself, and is removed by the next life.
        """
        with suppress(DeviceError):
            if self._pi is not None:
                self._run(self._take_down)
        with self._turn:
            self._drop()
            self._leases.clear()
            self._memory.clear()

    def _take_down(self, pi: Pi) -> None:
        for lease in self._leases.values():
            with suppress(DeviceError):
                self._drive(pi, lease.pin, lease.level)
                lease_script.remove(self._ask, pi, lease)

    def _renew(self, pi: Pi, lease: LeaseScript) -> None:
        self._look_after(pi, lease)
        if not lease_script.renew(self._ask, pi, lease, self._clock.monotonic()):
            lease_script.remove(self._ask, pi, lease)
            lease.tripped = True
            self._put_up(pi, lease)

    def _drive(self, pi: Pi, pin: int, level: int) -> int:
        self._ask(pi.write, pin, level)
        mode: int = self._ask(pi.get_mode, pin)
        found: int = self._ask(pi.read, pin)
        if (mode, found) != (OUTPUT, level):
            what = f"reads {found}" if mode == OUTPUT else f"is no output (mode {mode})"
            raise DeviceError("gpio_untrue", f"GPIO{pin} was set to {level} but {what}: shorted, overloaded, or driven by somebody else")
        return found

    def _prepare(self, pi: Pi) -> None:
        """Remove the scripts that no lease stands behind any more: they would hold their pins for ever. One that stays is tried again."""
        if not self._changed:
            return
        for lease in [lease for lease in self._leases.values() if self._safe_pins.get(lease.pin) != lease.level]:
            with suppress(DeviceError):
                self._drive(pi, lease.pin, lease.level)
            with suppress(DeviceError):
                lease_script.remove(self._ask, pi, lease)
                del self._leases[lease.pin]
        self._changed = any(self._safe_pins.get(lease.pin) != lease.level for lease in self._leases.values())

    def _opened(self, pi: Pi) -> None:
        """Make the heaters safe, remove what an earlier life left behind, and put up the leases again. Each pin's troubles are its own."""
        for pin, level in self._safe_pins.items():
            with suppress(DeviceError):  # its own actor meets the same error, and a fan must go on
                self._drive(pi, pin, level)
        for leftover in lease_script.remove_leftovers(self._ask, pi):
            self._on_leftover(leftover)
        for lease in self._leases.values():
            with suppress(DeviceError):
                self._put_up(pi, lease)
        self._unclaimed = {lease.pin for lease in self._leases.values() if not lease.tripped}

    def _drop(self) -> None:
        for lease in self._leases.values():
            lease_script.lose(lease, self._clock.monotonic())
        super()._drop()

    def _lease_of(self, pin: int) -> LeaseScript:
        lease = self._leases.get(pin)
        if lease is None:
            raise PermanentError("no_lease", f"GPIO{pin} has no lease")
        return lease

    def _put_up(self, pi: Pi, lease: LeaseScript) -> None:
        """Put a lease script up that is not there; one that was, and is gone, counts as tripped."""
        self._drive(pi, lease.pin, lease.level)
        lease_script.install(self._ask, pi, lease, self._clock)

    def _look_after(self, pi: Pi, lease: LeaseScript) -> None:
        """See how the lease script is; one that is gone is put up again, and holds its pin, since nobody knows how long it was missing."""
        was_there = lease.number is not None
        if not lease_script.look(self._ask, pi, lease):
            lease.tripped = lease.tripped or was_there
            self._put_up(pi, lease)

    def _require_lease(self, pi: Pi, pin: int) -> None:
        """Raise DeviceError unless the pin, if it is leased at all, has a working lease script that has not tripped."""
        lease = self._leases.get(pin)
        if lease is None:
            return
        self._look_after(pi, lease)
        lease_script.require_counting(self._ask, pi, lease, self._clock)
        if lease.tripped:
            text = f"GPIO{pin} is held at its safe level: its lease was not renewed for {lease.seconds:g} s; reset it"
            raise PermanentError("lease_tripped", text)
