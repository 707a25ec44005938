"""The two kinds of output pins: a GPIO line with slow PWM made here, and a channel of the hardware PWM."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from actors.errors import DeviceError, PermanentError
from actors.hardware.kernel.limits import FASTEST, SLOWEST
from actors.hardware.kernel.process.lines import Line
from actors.hardware.kernel.process.pulse import Pulse
from actors.hardware.kernel.wire import State
from pilotage.words import number

if TYPE_CHECKING:  # loaded where there is hardware PWM only
    from actors.hardware.kernel.process.sysfs_pwm import PwmChannel

RESOLUTION: Final = 1e-6
"""Seconds: how finely a pulse is planned; the mean is finer still."""
TOLERANCE: Final = 0.01
"""Largest deviation of the duty cycle, of full scale."""


class Pin(Protocol):
    """One output; times in monotonic seconds; raises DeviceError."""

    def write(self, level: int) -> int:
        """Drive a plain level, verify it and return it."""

    def read(self) -> int:
        """Return the level at the pin."""

    def set_pwm(self, frequency: float, duty: float, now: float) -> State:
        """Make PWM of `duty` above 0, and return what comes out."""

    def state(self) -> State:
        """Return what the pin does."""

    def tick(self, now: float) -> float:
        """Do what is due and return when something is due next."""


class LinePin:
    """A line of the GPIO character device."""

    def __init__(self, line: Line, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._clock = clock
        self._pulse: Pulse | None = None
        self._level: int | None = None

    def write(self, level: int) -> int:
        """Drive a plain level, ending any PWM; raises `gpio_untrue` when the pin does not follow."""
        self._pulse = None
        self._set(level)
        return self._verified()

    def read(self) -> int:
        """Return the level of this moment."""
        return self._line.get()

    def set_pwm(self, frequency: float, duty: float, now: float) -> State:
        """Begin or change the PWM; raises as `state`, and `pwm_unsupported` for a frequency that a process cannot make."""
        if not SLOWEST <= frequency <= FASTEST:
            text = f"a GPIO line makes PWM of {number(SLOWEST)} to {number(FASTEST)} Hz with this back end, not {number(frequency)} Hz"
            raise PermanentError("pwm_unsupported", f"GPIO{self._line.pin}: {text}; faster PWM needs a pin with hardware PWM")
        if self._pulse is None:
            self._pulse = Pulse(frequency, duty, now)
        else:
            self._pulse.change(frequency, duty, now)
        self.tick(now)
        return self.state()

    def state(self) -> State:
        """Return the PWM that comes out; raises `pwm_untrue` when that is not what was asked for, `gpio_untrue` when the pin is held."""
        pulse = self._pulse
        if pulse is None:
            return State(float(self.read()), 0.0, 1)
        self._verified()
        if abs(pulse.deviation) > TOLERANCE:
            text = f"GPIO{self._line.pin} was set to a duty cycle of {pulse.duty:.2%} but made {pulse.duty + pulse.deviation:.2%}"
            raise DeviceError("pwm_untrue", f"{text}: the machine is too busy")
        return State(pulse.duty, pulse.frequency, round(1.0 / (pulse.frequency * RESOLUTION)))

    def tick(self, now: float) -> float:
        """Drive the edge that is due."""
        pulse = self._pulse
        if pulse is None:
            return math.inf
        if now >= pulse.due:
            if pulse.step(now) != self._level:
                self._set(pulse.level)
            pulse.driven(max(now, self._clock()))
        return pulse.due

    def _set(self, level: int) -> None:
        self._level = None
        self._line.set(level)
        self._level = level

    def _verified(self) -> int:
        if (found := self._line.get()) != self._level:
            text = f"GPIO{self._line.pin} was set to {self._level} but reads {found}"
            raise DeviceError("gpio_untrue", f"{text}: shorted, overloaded, or driven by somebody else")
        return found


class HardwarePin:
    """A pin of the hardware PWM: it goes on by itself, whatever becomes of this process."""

    def __init__(self, channel: PwmChannel) -> None:
        self._channel = channel

    def write(self, level: int) -> int:
        """Make a plain level by a duty cycle of 0 or 1."""
        return self._channel.write(level)

    def read(self) -> int:
        """Return the plain level; raises `gpio_not_output` while the pin makes PWM, whose level of this moment nobody tells."""
        duty = self._channel.state().duty
        if duty not in {0.0, 1.0}:
            raise DeviceError("gpio_not_output", f"GPIO{self._channel.pin} makes hardware PWM; it has no level to read")
        return int(duty)

    def set_pwm(self, frequency: float, duty: float, now: float) -> State:
        """Set the channel and read it back."""
        del now
        return self._channel.set(frequency, duty)

    def state(self) -> State:
        """Return what the channel's files say."""
        return self._channel.state()

    def tick(self, now: float) -> float:
        """Leave it to the hardware."""
        del now
        return math.inf
