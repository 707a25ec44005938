"""Outputs through pigpiod: one connection for all of them, thrown away at any doubt, and nothing believed that was not read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from actors.clock import Clock
from actors.drivers.base import PwmState
from actors.errors import DeviceError, PermanentError
from actors.hardware import guard as guards
from actors.hardware.connection import Connection, T
from actors.hardware.guard import Guard, Stale
from actors.hardware.pi import Pi
from actors.hardware.widths import TOLERANCE, require_frequency, soft_width

OUTPUT: Final = 1
HARDWARE_MODE: Final = MappingProxyType({12: 4, 13: 4, 18: 2, 19: 2})
"""GPIO -> the mode (ALT0 = 4, ALT5 = 2) in which it shows its hardware PWM channel (pigpio v79, `PWMDef`)."""
HARDWARE_RANGE: Final = 1_000_000
"""Full duty cycle of `hardware_PWM`."""
HARDWARE_CLOCK: Final = 250_000_000
"""Hz, up to a Pi 3: steps = clock / frequency. A Pi 4 has half as many again."""
SOFT_RANGE: Final = range(25, 40_001)
"""The ranges that software PWM accepts (pigpio v79, error -21)."""


class PigpioGpio(Connection):
    """`actors.drivers.base.LeasedGpio` on whatever `connect` returns: the real `pigpio`, or the simulated one. Thread-safe.

    `connect` and `refusals` are those of `Connection`.
    `safe_pins`, pin -> level, are written first on every new connection: pigpiod may have died and left a pin at either level.
    `on_stale` is told of every guard of an earlier life that was found and removed.

    Errors, all `DeviceError`: `gpio_unavailable`, `gpio_refused`, `gpio_untrue`, `gpio_not_output`, `pwm_untrue`, `pwm_unknown`,
    `lease_tripped`, `lease_unavailable`, `no_lease`.
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
        self._settings: dict[int, tuple[float, int, int]] = {}
        self._guards: dict[int, Guard] = {}
        self._on_stale = on_stale
        self._changed = False
        self._modes: Mapping[int, int] = HARDWARE_MODE
        self._hertz: Callable[[float], float] = round

    def take_any_frequency(self, *, free: bool) -> None:
        """Ask for frequencies as they are, and for hardware PWM nowhere: of a simulated pigpiod that stands for the kernel. Any thread."""
        self._modes, self._hertz = ({}, float) if free else (HARDWARE_MODE, round)

    def set_safe_pins(self, safe_pins: Mapping[int, int]) -> None:
        """Write these pins first on every connection from now on; a lease of another pin, or with another level, has ended. Any thread."""
        self._safe_pins = dict(safe_pins)
        self._changed = True

    def write(self, pin: int, level: int) -> int:
        """Drive a plain level, 0 or 1, ending any PWM on the pin; return it as read back, or raise `gpio_untrue`."""

        def act(pi: Pi) -> int:
            if pin in self._guards and level != self._guards[pin].level:
                self._require_lease(pi, pin)
            return self._drive(pi, pin, level)

        return self._run(act)

    def read(self, pin: int) -> int:
        """Return the level at an output pin; raises `gpio_not_output` for a pin that is none."""

        def act(pi: Pi) -> int:
            if (mode := self._ask(pi.get_mode, pin)) != OUTPUT:
                raise _not_output(pin, mode)
            level: int = self._ask(pi.read, pin)
            return level

        return self._run(act)

    def set_pwm(self, pin: int, frequency: float, duty: float, scale: int) -> PwmState:
        """Make PWM of `frequency` Hz and `duty` 0..1, by hardware where the pin has it; check what came of it, and return that.

        A duty above 0 makes at least one step. Raises `pwm_untrue` when frequency or duty are not what was asked for.
        """
        if not 0.0 <= duty <= 1.0:
            raise ValueError(f"a duty cycle is 0 to 1, not {duty}")
        if duty == 0.0:
            return PwmState(float(self.write(pin, 0)), 0.0, 1)
        if pin in self._modes:
            return self._run(lambda pi: self._hardware_pwm(pi, pin, round(frequency), duty))
        return self._run(lambda pi: self._soft_pwm(pi, pin, self._hertz(frequency), duty, scale))

    def pwm(self, pin: int) -> PwmState:
        """Return what pigpiod says of the pin; a plain level has frequency 0 and one step.

        Raises `pwm_unknown` for hardware PWM that a pigpiod restarted since knows nothing of.
        """
        return self._run(lambda pi: self._state(pi, pin))

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

        self._run(act)

    def renew(self, pin: int) -> None:
        """Begin the lease of `pin` anew, unless it has tripped; raises `no_lease` for a pin that has none."""
        self._run(lambda pi: self._renew(pi, self._guard(pin)))

    def tripped(self, pin: int) -> bool:
        """Return whether the lease of `pin` ran out, or its guard was lost, since it was last reset, asked from pigpiod."""
        self._run(lambda pi: self._look_after(pi, self._guard(pin)))
        return self._guard(pin).tripped

    def reset_lease(self, pin: int) -> None:
        """Allow a tripped `pin` to be driven again; it stays at its safe level, and its lease runs from now."""

        def act(pi: Pi) -> None:
            guard = self._guard(pin)
            self._look_after(pi, guard)
            self._drive(pi, pin, guard.level)
            guards.release(self._ask, pi, guard)

        self._run(act)

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

    def _hardware_pwm(self, pi: Pi, pin: int, frequency: int, duty: float) -> PwmState:
        self._require_lease(pi, pin)
        one_step = math.ceil(HARDWARE_RANGE * frequency / HARDWARE_CLOCK)
        width = min(max(round(duty * HARDWARE_RANGE), one_step), HARDWARE_RANGE)
        self._ask(pi.hardware_PWM, pin, frequency, width)
        return self._verified(pi, pin, frequency, width / HARDWARE_RANGE)

    def _soft_pwm(self, pi: Pi, pin: int, frequency: float, duty: float, scale: int) -> PwmState:
        self._require_lease(pi, pin)
        range_ = min(max(scale, SOFT_RANGE[0]), SOFT_RANGE[-1])
        known = self._settings.pop(pin, None)
        if known is None or known[:2] != (frequency, range_):
            require_frequency(pin, frequency, self._ask(pi.set_PWM_frequency, pin, frequency))
            known = (frequency, range_, self._ask(pi.set_PWM_range, pin, range_))
        width = soft_width(duty, range_, known[2])
        self._ask(pi.set_PWM_dutycycle, pin, width)
        state = self._verified(pi, pin, frequency, width / range_)
        self._settings[pin] = known  # only now: after any trouble they are made again
        return state

    def _verified(self, pi: Pi, pin: int, frequency: float, duty: float) -> PwmState:
        state = self._state(pi, pin)
        if abs(state.duty - duty) > TOLERANCE:
            raise DeviceError("pwm_untrue", f"GPIO{pin} was set to a duty cycle of {duty:.2%} but reads back {state.duty:.2%}")
        require_frequency(pin, frequency, state.frequency)
        return state

    def _state(self, pi: Pi, pin: int) -> PwmState:
        mode = self._ask(pi.get_mode, pin)
        if mode not in {OUTPUT, HARDWARE_MODE.get(pin, OUTPUT)}:
            raise _not_output(pin, mode)
        try:
            width = self._ask(pi.get_PWM_dutycycle, pin)
        except PermanentError:  # error -92: no PWM on this pin, as far as pigpiod remembers
            if mode == OUTPUT:
                return PwmState(float(self._ask(pi.read, pin)), 0.0, 1)
            text = f"GPIO{pin} makes hardware PWM that pigpiod knows nothing of, since it was restarted; set it again"
            raise DeviceError("pwm_unknown", text) from None
        range_, steps = self._ask(pi.get_PWM_range, pin), self._ask(pi.get_PWM_real_range, pin)
        frequency = float(self._ask(pi.get_PWM_frequency, pin))
        if mode == OUTPUT and width * steps < range_:  # no pulse is made of it: the pin rests at whatever level it had
            return PwmState(float(self._ask(pi.read, pin)), frequency, steps)
        return PwmState(width / range_, frequency, steps)

    def _run(self, act: Callable[[Pi], T]) -> T:
        def first_sweep(pi: Pi) -> T:
            self._sweep(pi)
            return act(pi)

        return super()._run(first_sweep if self._changed else act)

    def _sweep(self, pi: Pi) -> None:
        """Remove the guards that no lease stands behind any more: they would hold their pins for ever. One that stays is tried again."""
        for guard in [guard for guard in self._guards.values() if self._safe_pins.get(guard.pin) != guard.level]:
            with suppress(DeviceError):
                self._drive(pi, guard.pin, guard.level)
            with suppress(DeviceError):
                guards.remove(self._ask, pi, guard)
                del self._guards[guard.pin]
        self._changed = any(self._safe_pins.get(guard.pin) != guard.level for guard in self._guards.values())

    def _opened(self, pi: Pi) -> None:
        """Make the heaters safe, remove what an earlier life left behind, and put up the guards again. Each pin's troubles are its own."""
        for pin, level in self._safe_pins.items():
            with suppress(DeviceError):  # its own actor meets the same error, and a fan must go on
                self._drive(pi, pin, level)
        for stale in guards.remove_stale(self._ask, pi):
            self._on_stale(stale)
        for guard in self._guards.values():
            with suppress(DeviceError):
                self._put_up(pi, guard)

    def _drop(self) -> None:
        self._settings.clear()
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


def _not_output(pin: int, mode: int) -> DeviceError:
    return DeviceError("gpio_not_output", f"GPIO{pin} is no output: pigpiod says mode {mode}")
