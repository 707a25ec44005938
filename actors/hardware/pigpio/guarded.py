"""The connection to pigpiod with its guards: leased pins, pins that are made safe first, and pins that were driven before it was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from actors.core.clock import Clock
from actors.errors import DeviceError, PermanentError
from actors.hardware.memory import Memory
from actors.hardware.pigpio import lease_script as guards
from actors.hardware.pigpio.api import Pi
from actors.hardware.pigpio.connection import UNAVAILABLE, Connection, T
from actors.hardware.pigpio.lease_script import Guard, Stale

OUTPUT: Final = 1
HARDWARE_MODE: Final = MappingProxyType({12: 4, 13: 4, 18: 2, 19: 2})
"""GPIO -> the mode (ALT0 = 4, ALT5 = 2) in which it shows its hardware PWM channel (pigpio v79, `PWMDef`)."""


class Guarded(Connection):
    """The half of `actors.hardware.pigpio.gpio.PigpioGpio` that keeps pins safe. Thread-safe.

    `safe_pins`, pin -> level, are written first on every new connection: pigpiod may have died and left a pin at either level.
    `on_stale` is told of every guard of an earlier life that was found and removed.
    """

    def __init__(
        self,
        connect: Callable[[], Pi],
        refusals: tuple[type[Exception], ...],
        *,
        safe_pins: Mapping[int, int] = MappingProxyType({}),
        clock: Clock | None = None,
        on_stale: Callable[[Stale], object] = lambda _stale: None,
    ) -> None:
        super().__init__(connect, refusals, clock)
        self._safe_pins = dict(safe_pins)
        self._guards: dict[int, Guard] = {}
        self._memory = Memory()
        self._on_stale = on_stale
        self._changed = False

    def set_safe_pins(self, safe_pins: Mapping[int, int]) -> None:
        """Write these pins first on every connection from now on; a lease of another pin, or with another level, has ended. Any thread."""
        self._safe_pins = dict(safe_pins)
        self._changed = True

    def lease(self, pin: int, seconds: float, safe_level: int) -> None:
        """Have a guard inside pigpiod drive `pin` to `safe_level` when `renew` was not called for `seconds`, in steps of 0.1 s.

        A lease outlives the connection: on a new one its pin is made safe, and it begins anew.
        """
        if seconds <= 0:
            raise ValueError(f"a lease lasts longer than {seconds} s")

        def act(pi: Pi) -> None:
            known = self._guards.get(pin)
            if known is not None and (known.seconds, known.level) == (seconds, safe_level):
                self._renew(pi, known)
                return
            if known is not None:
                guards.remove(self._ask, pi, known)
            guard = Guard(pin, seconds, safe_level, tripped=known is not None and known.tripped)
            self._guards[pin] = guard
            if self._ask(pi.get_mode, pin) not in {OUTPUT, HARDWARE_MODE.get(pin, OUTPUT)}:
                self._drive(pi, pin, safe_level)
            guards.install(self._ask, pi, guard, self._clock)

        self._run_for(pin, act)

    def renew(self, pin: int) -> None:
        """Begin the lease of `pin` anew, unless it has tripped; raises `no_lease` for a pin that has none."""
        self._run_for(pin, lambda pi: self._renew(pi, self._guard(pin)))

    def tripped(self, pin: int) -> bool:
        """Return whether the lease of `pin` ran out, or its guard was lost, since it was last reset, asked from pigpiod."""
        self._run_for(pin, lambda pi: self._look_after(pi, self._guard(pin)))
        return self._guard(pin).tripped

    def reset_lease(self, pin: int) -> None:
        """Allow a tripped `pin` to be driven again; it stays at its safe level, and its lease runs from now."""

        def act(pi: Pi) -> None:
            guard = self._guard(pin)
            self._look_after(pi, guard)
            self._drive(pi, pin, guard.level)
            guards.release(self._ask, pi, guard)

        self._run_for(pin, act, begins=True)

    def close(self) -> None:
        """Make every leased pin safe, remove its guard, and let go of the connection; other outputs stay as they are.

        The next use connects again. A guard that cannot be removed holds its pin safe by itself, and is removed by the next life.
        """
        with suppress(DeviceError):
            if self._pi is not None:
                self._run(self._take_down)
        with self._turn:
            self._drop()
            self._guards.clear()
            self._memory.clear()

    def _run_for(self, pin: int, act: Callable[[Pi], T], *, drives: bool = False, begins: bool = False) -> T:
        """Run `act` for a pin; one driven over an earlier connection says so first, unless `act` begins from its safe level."""

        def known(pi: Pi) -> T:
            if begins:
                self._memory.forgotten.discard(pin)
            self._memory.require(pin, "the connection to pigpiod, or pigpiod itself, is a new one")
            if drives:
                self._memory.driven.add(pin)
            return act(pi)

        try:
            return self._run(known)
        except BaseException as error:
            if getattr(error, "code", UNAVAILABLE) == UNAVAILABLE:
                self._memory.told(pin)
            raise

    def _take_down(self, pi: Pi) -> None:
        for guard in self._guards.values():
            with suppress(DeviceError):
                self._drive(pi, guard.pin, guard.level)
                guards.remove(self._ask, pi, guard)

    def _renew(self, pi: Pi, guard: Guard) -> None:
        self._look_after(pi, guard)
        if not guards.renew(self._ask, pi, guard, self._clock.monotonic()):
            guards.remove(self._ask, pi, guard)
            guard.tripped = True
            self._put_up(pi, guard)

    def _drive(self, pi: Pi, pin: int, level: int) -> int:
        self._ask(pi.write, pin, level)
        mode: int = self._ask(pi.get_mode, pin)
        found: int = self._ask(pi.read, pin)
        if (mode, found) != (OUTPUT, level):
            what = f"reads {found}" if mode == OUTPUT else f"is no output (mode {mode})"
            raise DeviceError("gpio_untrue", f"GPIO{pin} was set to {level} but {what}: shorted, overloaded, or driven by somebody else")
        return found

    def _prepare(self, pi: Pi) -> None:
        """Remove the guards that no lease stands behind any more: they would hold their pins for ever. One that stays is tried again."""
        if not self._changed:
            return
        for guard in [guard for guard in self._guards.values() if self._safe_pins.get(guard.pin) != guard.level]:
            with suppress(DeviceError):
                self._drive(pi, guard.pin, guard.level)
            with suppress(DeviceError):
                guards.remove(self._ask, pi, guard)
                del self._guards[guard.pin]
        self._changed = any(self._safe_pins.get(guard.pin) != guard.level for guard in self._guards.values())

    def _opened(self, pi: Pi) -> None:
        """Make the heaters safe, remove what an earlier life left behind, and put up the guards again. Each pin's troubles are its own."""
        self._memory.replaced()
        for pin, level in self._safe_pins.items():
            with suppress(DeviceError):  # its own actor meets the same error, and a fan must go on
                self._drive(pi, pin, level)
        for stale in guards.remove_stale(self._ask, pi):
            self._on_stale(stale)
        for guard in self._guards.values():
            with suppress(DeviceError):
                self._put_up(pi, guard)

    def _drop(self) -> None:
        for guard in self._guards.values():
            guards.lose(guard, self._clock.monotonic())
        super()._drop()

    def _guard(self, pin: int) -> Guard:
        guard = self._guards.get(pin)
        if guard is None:
            raise PermanentError("no_lease", f"GPIO{pin} has no lease")
        return guard

    def _put_up(self, pi: Pi, guard: Guard) -> None:
        """Put a guard up that is not there; one that was, and is gone, counts as tripped."""
        self._drive(pi, guard.pin, guard.level)
        guards.install(self._ask, pi, guard, self._clock)

    def _look_after(self, pi: Pi, guard: Guard) -> None:
        """See how the guard is; one that is gone is put up again, and holds its pin, since nobody knows how long it was missing."""
        was_there = guard.number is not None
        if not guards.look(self._ask, pi, guard):
            guard.tripped = guard.tripped or was_there
            self._put_up(pi, guard)

    def _require_lease(self, pi: Pi, pin: int) -> None:
        """Raise DeviceError unless the pin, if it is leased at all, has a working guard that has not tripped."""
        guard = self._guards.get(pin)
        if guard is None:
            return
        self._look_after(pi, guard)
        guards.require_counting(self._ask, pi, guard, self._clock)
        if guard.tripped:
            text = f"GPIO{pin} is held at its safe level: its lease was not renewed for {guard.seconds:g} s; reset it"
            raise PermanentError("lease_tripped", text)
