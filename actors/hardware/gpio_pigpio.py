"""Outputs through pigpiod: one connection for all of them, thrown away at any doubt, and nothing believed that was not read back."""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from actors.clock import Clock, SystemClock
from actors.drivers.base import PwmState
from actors.errors import DeviceError, PermanentError

T = TypeVar("T")


class Pi(Protocol):
    """What is used of `pigpio.pi`. Each call answers a number; a refusal is an exception, or a number below 0."""

    def stop(self) -> object: ...  # noqa: D102 - pigpio documents these
    def write(self, gpio: int, level: int, /) -> int: ...  # noqa: D102
    def read(self, gpio: int, /) -> int: ...  # noqa: D102
    def get_mode(self, gpio: int, /) -> int: ...  # noqa: D102
    def set_PWM_frequency(self, gpio: int, frequency: int, /) -> int: ...  # noqa: D102, N802
    def set_PWM_range(self, gpio: int, range_: int, /) -> int: ...  # noqa: D102, N802
    def set_PWM_dutycycle(self, gpio: int, width: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_frequency(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_range(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_real_range(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_dutycycle(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def hardware_PWM(self, gpio: int, frequency: int, width: int, /) -> int: ...  # noqa: D102, N802


OUTPUT: Final = 1
HARDWARE_MODE: Final = MappingProxyType({12: 4, 13: 4, 18: 2, 19: 2})
"""GPIO -> the mode (ALT0 = 4, ALT5 = 2) in which it shows its hardware PWM channel (pigpio v79, `PWMDef`)."""
HARDWARE_RANGE: Final = 1_000_000
"""Full duty cycle of `hardware_PWM`."""
HARDWARE_CLOCK: Final = 250_000_000
"""Hz, up to a Pi 3: steps = clock / frequency. A Pi 4 has half as many again."""
SOFT_RANGE: Final = range(25, 40_001)
"""The ranges that software PWM accepts (pigpio v79, error -21)."""
TOLERANCE: Final = 0.01
"""Largest deviation that is still true: of the nominal frequency, and of full duty."""
LIMIT: Final = 1.0
"""Seconds after which an operation makes no further call; each call is bounded by the connection."""
BACK_OFF: Final = (0.5, 1.0, 1.5)
"""Seconds between attempts to connect: in between, everything fails at once. With a read-back each second pigpiod is found within 3 s."""

_LOST: Final = (OSError, EOFError, struct.error, AttributeError)
"""What the `pigpio` client raises, in all its shapes, when its connection is not to be trusted any more."""


class PigpioGpio:
    """`actors.drivers.base.Gpio` on whatever `connect` returns: the real `pigpio`, or the simulated one. Thread-safe.

    `connect` returns a connection that was just proved alive, or raises OSError, in bounded time.
    `refusals` are the exceptions by which it reports a command that pigpiod refused; only after them is the connection kept.
    `safe_pins`, pin -> level, are written first on every new connection: pigpiod may have died and left a pin at either level.

    Errors, all `DeviceError`: `gpio_unavailable`, `gpio_refused`, `gpio_untrue`, `gpio_not_output`, `pwm_untrue`, `pwm_unknown`.
    """

    def __init__(
        self,
        connect: Callable[[], Pi],
        refusals: tuple[type[Exception], ...],
        *,
        safe_pins: Mapping[int, int] = MappingProxyType({}),
        clock: Clock | None = None,
    ) -> None:
        self._connect = connect
        self._refusals = refusals
        self._safe_pins = dict(safe_pins)
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._pi: Pi | None = None
        self._settings: dict[int, tuple[int, int, int]] = {}
        self._generation = 0
        self._failures = 0
        self._retry_at = -math.inf
        self._until = math.inf
        self._reason = ""

    @property
    def generation(self) -> int:
        """How many connections there have been: a new number means that pigpiod may have forgotten everything."""
        return self._generation

    def write(self, pin: int, level: int) -> None:
        """Drive a plain level, 0 or 1, ending any PWM on the pin; raises `gpio_untrue` when the pin does not follow."""
        self._run(lambda pi: self._drive(pi, pin, level))

    def read(self, pin: int) -> int:
        """Return the level at an output pin; raises `gpio_not_output` for a pin that is none."""

        def act(pi: Pi) -> int:
            if (mode := self._ask(pi.get_mode, pin)) != OUTPUT:
                raise _not_output(pin, mode)
            return self._ask(pi.read, pin)

        return self._run(act)

    def set_pwm(self, pin: int, frequency: float, duty: float, scale: int) -> None:
        """Make PWM of `frequency` Hz and `duty` 0..1, by hardware where the pin has it, and check what came of it.

        A duty above 0 makes at least one step. Raises `pwm_untrue` when frequency or duty are not what was asked for.
        """
        if not 0.0 <= duty <= 1.0:
            raise ValueError(f"a duty cycle is 0 to 1, not {duty}")
        if duty == 0.0:
            self.write(pin, 0)
        elif pin in HARDWARE_MODE:
            self._run(lambda pi: self._hardware_pwm(pi, pin, round(frequency), duty))
        else:
            self._run(lambda pi: self._soft_pwm(pi, pin, round(frequency), duty, scale))

    def pwm(self, pin: int) -> PwmState:
        """Return what pigpiod says of the pin; a plain level has frequency 0 and one step.

        Raises `pwm_unknown` for hardware PWM that a pigpiod restarted since knows nothing of.
        """
        return self._run(lambda pi: self._state(pi, pin))

    def close(self) -> None:
        """Let go of the connection; outputs stay as they are, and the next use connects again."""
        with self._lock:
            self._drop()

    def _drive(self, pi: Pi, pin: int, level: int) -> None:
        self._ask(pi.write, pin, level)
        mode, found = self._ask(pi.get_mode, pin), self._ask(pi.read, pin)
        if (mode, found) != (OUTPUT, level):
            what = f"reads {found}" if mode == OUTPUT else f"is no output (mode {mode})"
            raise DeviceError("gpio_untrue", f"GPIO{pin} was set to {level} but {what}: shorted, overloaded, or driven by somebody else")

    def _hardware_pwm(self, pi: Pi, pin: int, frequency: int, duty: float) -> None:
        one_step = math.ceil(HARDWARE_RANGE * frequency / HARDWARE_CLOCK)
        width = min(max(round(duty * HARDWARE_RANGE), one_step), HARDWARE_RANGE)
        self._ask(pi.hardware_PWM, pin, frequency, width)
        self._verify(pi, pin, frequency, width / HARDWARE_RANGE)

    def _soft_pwm(self, pi: Pi, pin: int, frequency: int, duty: float, scale: int) -> None:
        range_ = min(max(scale, SOFT_RANGE[0]), SOFT_RANGE[-1])
        known = self._settings.pop(pin, None)
        if known is None or known[:2] != (frequency, range_):
            _require_frequency(pin, frequency, self._ask(pi.set_PWM_frequency, pin, frequency))
            known = (frequency, range_, self._ask(pi.set_PWM_range, pin, range_))
        width = soft_width(duty, range_, known[2])
        self._ask(pi.set_PWM_dutycycle, pin, width)
        self._verify(pi, pin, frequency, width / range_)
        self._settings[pin] = known  # only now: after any trouble they are made again

    def _verify(self, pi: Pi, pin: int, frequency: int, duty: float) -> None:
        state = self._state(pi, pin)
        if abs(state.duty - duty) > TOLERANCE:
            raise DeviceError("pwm_untrue", f"GPIO{pin} was set to a duty cycle of {duty:.2%} but reads back {state.duty:.2%}")
        _require_frequency(pin, frequency, state.frequency)

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
        """Run `act` on the connection, alone; a connection that gives rise to doubt is thrown away."""
        if not self._lock.acquire(timeout=2 * LIMIT):
            raise DeviceError("gpio_unavailable", "pigpiod is slow: other outputs have waited for it for seconds")
        try:
            self._until = self._clock.monotonic() + LIMIT
            return act(self._pi or self._open())
        except DeviceError:
            raise
        except _LOST as error:
            self._reason = f"pigpiod is out of reach: {str(error) or type(error).__name__}"
            self._drop()
            self._retry_at = self._clock.monotonic() + BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
            self._failures += 1
            raise DeviceError("gpio_unavailable", self._reason) from error
        except BaseException:
            self._drop()  # an answer may still be under way
            raise
        finally:
            self._lock.release()

    def _open(self) -> Pi:
        if self._clock.monotonic() < self._retry_at:
            raise DeviceError("gpio_unavailable", self._reason)
        pi = self._pi = self._connect()
        self._until = self._clock.monotonic() + LIMIT
        for pin, level in self._safe_pins.items():
            with suppress(DeviceError):  # of this pin only: its own actor meets the same error, and a fan must go on
                self._drive(pi, pin, level)
        self._failures = 0
        self._generation += 1
        return pi

    def _drop(self) -> None:
        pi, self._pi = self._pi, None
        self._settings.clear()
        if pi is not None:
            with suppress(*_LOST):
                pi.stop()

    def _ask(self, command: Callable[..., int], *arguments: int) -> int:
        if self._clock.monotonic() > self._until:
            raise TimeoutError(f"it took more than {LIMIT:g} s over its answers")
        try:
            answer = command(*arguments)
        except self._refusals as error:
            text = str(error).strip("'")  # pigpio quotes its sentence
            raise PermanentError("gpio_refused", f"pigpiod refuses GPIO{arguments[0]}: {text}") from error
        if answer < 0:
            raise PermanentError("gpio_refused", f"pigpiod refuses GPIO{arguments[0]}: error {answer}")
        return answer


def soft_width(duty: float, range_: int, steps: int) -> int:
    """Return the width, out of `range_`, that makes `duty` (above 0) of `steps` real steps.

    pigpiod makes floor(width * steps / range_) of it. With few steps the nearest one is chosen, so that what is read back is what
    the pin does; with many, the set-point itself is kept: it is then less than 1 % away.
    """
    if steps * TOLERANCE < 1:
        return math.ceil(max(round(duty * steps), 1) * range_ / steps)
    return min(max(round(duty * range_), math.ceil(range_ / steps)), range_)


def _require_frequency(pin: int, asked: float, found: float) -> None:
    if abs(found - asked) > TOLERANCE * asked:
        raise DeviceError("pwm_untrue", f"GPIO{pin} was set to {asked:g} Hz but makes {found:g} Hz")


def _not_output(pin: int, mode: int) -> DeviceError:
    return DeviceError("gpio_not_output", f"GPIO{pin} is no output: pigpiod says mode {mode}")
