"""A look-alike of the part of `pigpio.pi` that drives outputs, with pigpiod's true semantics and its failures."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from actors.core.clock import Clock
from actors.hardware.sim.faults import FaultBoard, Injected
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.pwm import HARDWARE_PINS, HARDWARE_RANGE, INPUT, OUTPUT, Channel, Pin, Rates, nearest
from actors.hardware.sim.pigpio.scripts import Scripts

T = TypeVar("T")

PIGPIOD: Final = "pigpiod"
_SAMPLE_US = 5  # pigpiod's default
_PWM_CLOCK = 500_000_000  # Hz; a Raspberry Pi 4 has 750 MHz
_MAX_HARDWARE_FREQUENCY = 125_000_000
_VERSION = 79
_PERMITTED = frozenset(range(2, 28))  # the default mask of boards with a 40-pin header
_USER_PINS, _ALL_PINS, _MODES = 32, 54, 8
_RANGES = range(25, 40_001)


class SimulatedPigpio:
    """pigpiod and its client in one; method names are those of `pigpio.pi`. Thread-safe.

    Commands raise `SimulatedPigpioError`, or an OSError (ConnectionError, TimeoutError) while a fault is at work.
    `on_change` is called after every command or fault that may change a pin, in the thread that caused it; `on_lease_script` with the
    time at which a script changed one, in the thread of whoever looks first. `main_clock_is_pwm` is its option `-t 0`, `permitted` `-x`.
    """

    def __init__(self, clock: Clock, sample_us: int = _SAMPLE_US, seed: int = 0, on_change: Callable[[], None] | None = None) -> None:
        self.clock = clock
        self.faults = FaultBoard(clock, seed)
        self.on_change = on_change
        self.on_lease_script: Callable[[float], None] | None = None
        self._random = random.Random(f"{seed}/{PIGPIOD}")  # noqa: S311 - repeatable faults, not a secret
        self.rates = Rates(sample_us)
        self.main_clock_is_pwm = False
        self.permitted = _PERMITTED
        self._pins = [Pin(self.rates) for _ in range(_ALL_PINS)]
        self._channels = (Channel(), Channel())
        self._scripts = Scripts()
        self._lock = threading.Lock()

    @property
    def connected(self) -> bool:
        """True, whatever became of the connection: so is the real client's."""
        return True

    def stop(self) -> None:
        """End the connection; outputs stay as they are."""

    def get_pigpio_version(self) -> int:
        """Return pigpiod's version; a cheap way to ask whether it answers."""
        self._enter()
        return _VERSION

    def set_mode(self, gpio: int, mode: int) -> int:
        """Set a pin's mode: 0 input, 1 output, 2..7 alternative functions."""
        self._enter()
        with self._lock:
            pin = self._pin(gpio, driven=True)
            if not 0 <= mode < _MODES:
                raise SimulatedPigpioError(-4)
            pin.set_mode(mode)
        self._changed()
        return 0

    def get_mode(self, gpio: int) -> int:
        """Return a pin's mode."""
        self._enter()
        return self._pin(gpio).mode

    def write(self, gpio: int, level: int) -> int:
        """Drive a plain level: ends PWM and takes the pin from a hardware channel."""
        self._enter()
        with self._lock:
            pin = self._pin(gpio, driven=True)
            if level not in {0, 1}:
                raise SimulatedPigpioError(-5)
            pin.write(int(level))
        self._changed()
        return 0

    def read(self, gpio: int) -> int:
        """Return the level at a pin at this instant."""
        self._enter()
        return self._level(gpio)

    def set_PWM_dutycycle(self, user_gpio: int, dutycycle: float) -> int:  # noqa: N802 - pigpio's name
        """Start software PWM or change its width, 0..range; fractions are cut off."""
        self._enter()
        with self._lock:
            pin = self._pin(user_gpio, _USER_PINS, driven=True)
            if not 0 <= int(dutycycle) <= pin.settings.range:
                raise SimulatedPigpioError(-8)
            pin.start_pwm(int(dutycycle))
        self._changed()
        return 0

    def get_PWM_dutycycle(self, user_gpio: int) -> int:  # noqa: N802 - pigpio's name
        """Return the width set: out of the range, out of 1000000 for hardware PWM."""
        self._enter()
        settings = self._pin(user_gpio, _USER_PINS).settings
        if settings.function not in {"pwm", "hwpwm"}:
            raise SimulatedPigpioError(-92)
        return settings.width

    def set_PWM_range(self, user_gpio: int, range_: int) -> int:  # noqa: N802 - pigpio's name
        """Set the range of software PWM, 25..40000; return the real range."""
        self._enter()
        with self._lock:
            pin = self._pin(user_gpio, _USER_PINS, driven=True)
            if int(range_) not in _RANGES:
                raise SimulatedPigpioError(-21)
            pin.change(range_=int(range_))
            real = pin.real_range
        self._changed()
        return real

    def get_PWM_range(self, user_gpio: int) -> int:  # noqa: N802 - pigpio's name
        """Return the range; 1000000 for hardware PWM."""
        self._enter()
        settings = self._pin(user_gpio, _USER_PINS).settings
        return HARDWARE_RANGE if settings.function == "hwpwm" else settings.range

    def get_PWM_real_range(self, user_gpio: int) -> int:  # noqa: N802 - pigpio's name
        """Return the number of distinct duty cycles."""
        self._enter()
        pin = self._pin(user_gpio, _USER_PINS)
        return self._channel(user_gpio).steps if pin.settings.function == "hwpwm" else pin.real_range

    def set_PWM_frequency(self, user_gpio: int, frequency: float) -> Any:  # noqa: N802 - pigpio's name
        """Choose the nearest frequency of software PWM and return it; to be far off is no error."""
        self._enter()
        with self._lock:
            pin = self._pin(user_gpio, _USER_PINS, driven=True)
            index = nearest(self.rates.frequencies, frequency)
            pin.change(index=index)
        self._changed()
        return self.rates.frequencies[index]

    def get_PWM_frequency(self, user_gpio: int) -> int:  # noqa: N802 - pigpio's name
        """Return the frequency in Hz, of the hardware channel where one drives the pin."""
        self._enter()
        settings = self._pin(user_gpio, _USER_PINS).settings
        return self._channel(user_gpio).frequency if settings.function == "hwpwm" else self.rates.frequencies[settings.index]

    def hardware_PWM(self, gpio: int, PWMfreq: int, PWMduty: int) -> int:  # noqa: N802, N803 - pigpio's names
        """Start hardware PWM; frequency 0 stops it. 12 and 18 share one channel, 13 and 19 the other."""
        self._enter()
        with self._lock:
            pin = self._pin(gpio, driven=True)
            good = 0 <= int(PWMfreq) <= _MAX_HARDWARE_FREQUENCY
            checks = {-95: gpio in HARDWARE_PINS, -97: 0 <= int(PWMduty) <= HARDWARE_RANGE, -96: good, -100: not self.main_clock_is_pwm}
            for number in (number for number, passed in checks.items() if not passed):
                raise SimulatedPigpioError(number)
            self._hardware_pwm(pin, gpio, int(PWMfreq), int(PWMduty))
        self._changed()
        return 0

    def store_script(self, script: bytes) -> int:
        """Store a lease script and return its number; other scripts are refused."""
        return self._with_scripts(lambda: self._scripts.store(script))

    def run_script(self, script_id: int, params: Sequence[int]) -> int:
        """Start a lease script."""
        return self._with_scripts(lambda: self._scripts.run(script_id, params, self.clock.monotonic()))

    def update_script(self, script_id: int, params: Sequence[int]) -> int:
        """Set the first registers of a lease script."""
        return self._with_scripts(lambda: self._scripts.update(script_id, params))

    def script_status(self, script_id: int) -> tuple[int, Sequence[int]]:
        """Return state and registers; a state below 0 is an error."""
        return self._with_scripts(lambda: self._scripts.status(script_id))

    def stop_script(self, script_id: int) -> int:
        """Stop a lease script; its pin stays as it is."""
        return self._with_scripts(lambda: self._scripts.stop(script_id))

    def delete_script(self, script_id: int) -> int:
        """Forget a lease script; its pin stays as it is."""
        return self._with_scripts(lambda: self._scripts.delete(script_id))

    def settle(self) -> None:
        """Let the lease scripts have done by now what they do between two looks at them."""
        if not self._scripts.stored:
            return
        with self._lock:
            written = self._scripts.catch_up(self.clock.monotonic())
        for at, script in written:
            with self._lock:
                self._pins[script.pin].write(script.level)
            if self.on_lease_script is not None:
                self.on_lease_script(at)

    def duty_at(self, gpio: int) -> float:
        """Return what the pin really does, 0..1, whatever pigpiod says; a pin that drives nothing is 0."""
        self.settle()
        return self.duty_seen(gpio)

    def duty_seen(self, gpio: int) -> float:
        """Return the same as of the last look at the lease scripts."""
        pin = self._pins[gpio]
        if pin.mode == OUTPUT:
            return pin.soft_duty
        return self._channel(gpio).duty if self._shows_channel(gpio) else 0.0

    def is_driven(self, gpio: int) -> bool:
        """Return whether the pin drives its wire at all."""
        return self._pins[gpio].mode == OUTPUT or self._shows_channel(gpio)

    def inject(self, kind: str, options: Mapping[str, Any]) -> None:
        """Put a fault with checked options on pigpiod."""
        if kind == "restart":
            self._die(options["level"])
            self.faults.inject(PIGPIOD, Injected("drop", {"times": 1}))
            return
        self.faults.inject(PIGPIOD, Injected(kind, options))
        if kind == "gone":
            self._die(options["level"])

    def _hardware_pwm(self, pin: Pin, gpio: int, frequency: int, duty: int) -> None:
        channel = self._channel(gpio)
        settings = pin.settings
        if frequency == 0:
            if settings.function == "hwpwm":
                channel.on = False
                settings.function, settings.width = "none", 0
            return
        channel.steps = int(_PWM_CLOCK / (2 * frequency) + 0.5)
        channel.data = duty * channel.steps // HARDWARE_RANGE
        channel.frequency = int(_PWM_CLOCK / (2 * channel.steps) + 0.5)
        channel.on = True
        if settings.function != "hwpwm":
            pin.end_function()
            pin.mode = HARDWARE_PINS[gpio][1]
            settings.function = "hwpwm"
        settings.width = duty

    def _die(self, level: int | None) -> None:
        """Stop as a killed pigpiod: each software PWM freezes at its level of the moment, hardware PWM goes on, scripts are lost."""
        self.settle()
        with self._lock:
            self._scripts.clear()
            for pin in self._pins:
                by_chance = int(self._random.random() < pin.soft_duty)
                pin.freeze(by_chance if level is None else level)
        self._changed()

    def _pin(self, gpio: int, limit: int = _ALL_PINS, *, driven: bool = False) -> Pin:
        # The mask is looked at before the limit, and only for numbers it has a bit for.
        if driven and 0 <= gpio < _ALL_PINS and gpio not in self.permitted:
            raise SimulatedPigpioError(-41)
        if not 0 <= gpio < limit:
            raise SimulatedPigpioError(-2 if limit == _USER_PINS else -3)
        return self._pins[gpio]

    def _channel(self, gpio: int) -> Channel:
        return self._channels[HARDWARE_PINS[gpio][0]]

    def _shows_channel(self, gpio: int) -> bool:
        return gpio in HARDWARE_PINS and self._pins[gpio].mode == HARDWARE_PINS[gpio][1]

    def _level(self, gpio: int) -> int:
        """Return the level of this instant, from the phase of the clock in the pin's period."""
        pin, duty = self._pin(gpio), self.duty_seen(gpio)
        if pin.mode == INPUT or duty in {0.0, 1.0}:
            return int(duty)
        frequency = self.rates.frequencies[pin.settings.index] if pin.mode == OUTPUT else self._channel(gpio).frequency
        return int(self.clock.monotonic() * frequency % 1.0 < duty)

    def _enter(self) -> None:
        """Fail or wait as the fault at work wants; the connection is what fails, never the answer."""
        while self.faults.active and (injected := self.faults.hit(PIGPIOD)) is not None:
            match injected.kind:
                case "hang":
                    if self.faults.wait(injected, injected.options["seconds"]):
                        continue
                    raise TimeoutError("pigpiod does not answer")
                case "gone":
                    raise ConnectionRefusedError("pigpiod is not there")
                case _:
                    raise ConnectionResetError("the connection to pigpiod was lost")
        self.settle()

    def _with_scripts(self, act: Callable[[], T]) -> T:
        self._enter()
        with self._lock:
            return act()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
