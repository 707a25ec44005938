"""Outputs through pigpiod: one connection for all of them, thrown away at any doubt, and nothing believed that was not read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.drivers.base import PwmState
from actors.errors import DeviceError, PermanentError
from actors.hardware.pigpio import fit
from actors.hardware.pigpio.api import Pi
from actors.hardware.pigpio.fit import TOLERANCE, require_frequency
from actors.hardware.pigpio.leased import HARDWARE_MODE, OUTPUT, LeasedPins

HARDWARE_RANGE: Final = 1_000_000
"""Full duty cycle of `hardware_PWM`."""
HARDWARE_CLOCK: Final = 250_000_000
"""Hz, up to a Pi 3: steps = clock / frequency. A Pi 4 has half as many again."""
SOFT_RANGE: Final = range(25, 40_001)
"""The ranges that software PWM accepts (pigpio v79, error -21)."""


class PigpioGpio(LeasedPins):
    """`actors.drivers.base.LeasedGpio` on whatever `connect` returns: the real `pigpio`, or the simulated one. Thread-safe.

    `connect` and `refusals` are those of `PigpiodConnection`, `leased` are the settings of `LeasedPins`.

    Errors, all `DeviceError`: `gpio_unavailable`, `gpio_refused`, `gpio_untrue`, `gpio_not_output`, `pwm_untrue`, `pwm_unknown`,
    `lease_tripped`, `lease_unavailable`, `no_lease`.
    """

    def __init__(self, connect: Callable[[], Pi], refusals: tuple[type[Exception], ...], **leased: Any) -> None:
        super().__init__(connect, refusals, **leased)
        self._settings: dict[int, tuple[float, int, int]] = {}
        self._modes: Mapping[int, int] = HARDWARE_MODE
        self._hertz: Callable[[float], float] = round

    def take_any_frequency(self, *, free: bool) -> None:
        """Ask for frequencies as they are, and for hardware PWM nowhere: of a simulated pigpiod that stands for the kernel. Any thread."""
        self._modes, self._hertz = ({}, float) if free else (HARDWARE_MODE, round)

    def write(self, pin: int, level: int) -> int:
        """Drive a plain level, 0 or 1, ending any PWM on the pin; return it as read back, or raise `gpio_untrue`."""

        def act(pi: Pi) -> int:
            if pin in self._leases and level != self._leases[pin].level:
                self._require_lease(pi, pin)
            return self._drive(pi, pin, level)

        return self._run_for(pin, act, drives=True, begins=level == self._safe_pins.get(pin, 0))

    def read(self, pin: int) -> int:
        """Return the level at an output pin; raises `gpio_not_output` for a pin that is none."""

        def act(pi: Pi) -> int:
            if (mode := self._ask(pi.get_mode, pin)) != OUTPUT:
                raise _not_output(pin, mode)
            level: int = self._ask(pi.read, pin)
            return level

        return self._run_for(pin, act)

    def set_pwm(self, pin: int, frequency: float, duty: float, scale: int) -> PwmState:
        """Make PWM of `frequency` Hz and `duty` 0..1, by hardware where the pin has it; check what came of it, and return that.

        A duty above 0 makes at least one step. Raises `pwm_untrue` when frequency or duty are not what was asked for.
        """
        if not 0.0 <= duty <= 1.0:
            raise ValueError(f"a duty cycle is 0 to 1, not {duty}")
        if duty == 0.0:
            return PwmState(float(self.write(pin, 0)), 0.0, 1)
        if pin in self._modes:
            return self._run_for(pin, lambda pi: self._hardware_pwm(pi, pin, round(frequency), duty), drives=True)
        return self._run_for(pin, lambda pi: self._soft_pwm(pi, pin, self._hertz(frequency), duty, scale), drives=True)

    def pwm(self, pin: int) -> PwmState:
        """Return what pigpiod says of the pin; a plain level has frequency 0 and one step.

        Raises `pwm_unknown` for hardware PWM that a pigpiod restarted since knows nothing of.
        """
        return self._run_for(pin, lambda pi: self._state(pi, pin))

    def require(self, pin: int, frequency: float | None) -> None:
        """Raise DeviceError when this pigpiod, as it was started, cannot drive `pin` so; changes nothing."""
        self._run_for(pin, lambda pi: fit.require(self._ask, pi, pin, frequency, hardware=pin in self._modes))

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

    def _drop(self) -> None:
        self._settings.clear()
        super()._drop()


def _not_output(pin: int, mode: int) -> DeviceError:
    return DeviceError("gpio_not_output", f"GPIO{pin} is no output: pigpiod says mode {mode}")


def soft_width(duty: float, range_: int, steps: int) -> int:
    """Return the width, out of `range_`, that makes `duty` (above 0) of `steps` real steps.

    pigpiod makes floor(width * steps / range_) of it. With few steps the nearest one is chosen, so that what is read back is what
    the pin does; with many, the set-point itself is kept: it is then less than 1 % away.
    """
    if steps * TOLERANCE < 1:
        return math.ceil(max(round(duty * steps), 1) * range_ / steps)
    return min(max(round(duty * range_), math.ceil(range_ / steps)), range_)
