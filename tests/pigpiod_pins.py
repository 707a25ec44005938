"""The pins behind the pigpiod emulator: those of the simulated pigpio, under the names and codes of the daemon's commands."""

import time
from collections.abc import Callable

from actors.hardware.sim.pigpio.pwm import HARDWARE_PINS, HARDWARE_RANGE, OUTPUT, Channel, Pin, Rates, Settings, nearest


class Refused(Exception):  # noqa: N818 - what the daemon does with a command, not a failure of the emulator
    """The daemon's answer to a command it refuses."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Board:
    """All pins. Methods are commands: they return the result or raise `Refused`. Not thread-safe.

    `forced`: pin -> level that the outside world imposes, whatever is driven.
    """

    def __init__(
        self, *, sample_us: int = 5, clock: int = 500_000_000, mask: int = 0x0FFFFFFC, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.main_clock_is_pwm = False
        """Whether it was started with `-t 0`."""
        self.clock = clock
        self.mask = mask
        self.now = now
        self.rates = Rates(sample_us)
        self.frequencies = self.rates.frequencies
        self.pins = [Pin(self.rates) for _ in range(54)]
        self.channels = (Channel(), Channel())
        self.forced: dict[int, int] = {}

    def shown(self, gpio: int) -> tuple[float, float]:
        """Return what the pin really does: duty 0..1 and frequency in Hz, 0 for a constant level."""
        pin = self.pins[gpio]
        if gpio in self.forced:
            return float(self.forced[gpio]), 0.0
        if pin.mode == OUTPUT:
            return pin.soft_duty, float(self.frequencies[pin.settings.index]) if pin.samples else 0.0
        if gpio in HARDWARE_PINS and pin.mode == HARDWARE_PINS[gpio][1]:
            channel = self._channel(gpio)
            return channel.duty, float(channel.frequency) if channel.on else 0.0
        return 0.0, 0.0

    def level(self, gpio: int) -> int:
        """Return the level of this instant."""
        duty, frequency = self.shown(gpio)
        return int(duty) if duty in {0.0, 1.0} else int(self.now() * frequency % 1.0 < duty)

    def state(self, gpio: int) -> dict[str, object]:
        """Return everything about a pin, for a test to look at."""
        pin, (duty, frequency) = self.pins[gpio], self.shown(gpio)
        known = {"function": pin.settings.function, "width": pin.settings.width, "range": pin.settings.range}
        return {"pin": gpio, "mode": pin.mode, "level": self.level(gpio), "duty": duty, "frequency": frequency, **known}

    def daemon_died(self, level: int | None = None, *, pulses_go_on: bool = False) -> None:
        """Forget all settings. Pulses freeze at `level` (None: that of this instant), or go on by themselves as after kill -9."""
        for gpio, pin in enumerate(self.pins):
            if pulses_go_on:
                pin.settings = Settings()
            else:
                pin.freeze(self.level(gpio) if level is None else level)

    def modes(self, gpio: int, mode: int) -> int:
        pin = self._driven(gpio, 54, -3)
        if mode > 7:
            raise Refused(-4)
        pin.set_mode(mode)
        return 0

    def modeg(self, gpio: int) -> int:
        return self._pin(gpio, 54, -3).mode

    def read(self, gpio: int) -> int:
        self._pin(gpio, 54, -3)
        return self.level(gpio)

    def br1(self) -> int:
        """Return the levels of the first 32 pins as one word."""
        return sum(self.level(gpio) << gpio for gpio in range(32))

    def write(self, gpio: int, level: int) -> int:
        pin = self._driven(gpio, 54, -3)
        if level > 1:
            raise Refused(-5)
        pin.write(level)
        return 0

    def pwm(self, gpio: int, width: int) -> int:
        pin = self._driven(gpio, 32, -2)
        if width > pin.settings.range:
            raise Refused(-8)
        pin.start_pwm(width)
        return 0

    def prs(self, gpio: int, range_: int) -> int:
        pin = self._driven(gpio, 32, -2)
        if not 25 <= range_ <= 40000:
            raise Refused(-21)
        pin.change(range_=range_)
        return pin.real_range

    def pfs(self, gpio: int, frequency: int) -> int:
        pin, index = self._driven(gpio, 32, -2), nearest(self.frequencies, frequency)
        pin.change(index=index)
        return int(self.frequencies[index])

    def gdc(self, gpio: int) -> int:
        settings = self._pin(gpio, 32, -2).settings
        if settings.function not in {"pwm", "hwpwm"}:
            raise Refused(-92)
        return settings.width

    def prg(self, gpio: int) -> int:
        settings = self._pin(gpio, 32, -2).settings
        return HARDWARE_RANGE if settings.function == "hwpwm" else settings.range

    def prrg(self, gpio: int) -> int:
        pin = self._pin(gpio, 32, -2)
        return self._channel(gpio).steps if pin.settings.function == "hwpwm" else pin.real_range

    def pfg(self, gpio: int) -> int:
        settings = self._pin(gpio, 32, -2).settings
        return self._channel(gpio).frequency if settings.function == "hwpwm" else int(self.frequencies[settings.index])

    def hp(self, gpio: int, frequency: int, duty: int) -> int:
        pin = self._driven(gpio, 54, -3)
        checks = {
            -95: gpio in HARDWARE_PINS,
            -97: duty <= HARDWARE_RANGE,
            -96: frequency <= self.clock // 4,
            -100: not self.main_clock_is_pwm,
        }
        for code in (code for code, passed in checks.items() if not passed):
            raise Refused(code)
        channel, settings = self._channel(gpio), pin.settings
        if frequency == 0:
            if settings.function == "hwpwm":
                channel.on, settings.function, settings.width = False, "none", 0
            return 0
        steps = int(self.clock / (2 * frequency) + 0.5)
        channel.on, channel.steps, channel.data = True, steps, duty * steps // HARDWARE_RANGE
        channel.frequency = int(self.clock / (2 * steps) + 0.5)
        if settings.function != "hwpwm":
            pin.end_function()
            pin.mode, settings.function = HARDWARE_PINS[gpio][1], "hwpwm"
        settings.width = duty
        return 0

    def _channel(self, gpio: int) -> Channel:
        return self.channels[HARDWARE_PINS[gpio][0]]

    def _pin(self, gpio: int, limit: int, code: int) -> Pin:
        if gpio >= limit:
            raise Refused(code)
        return self.pins[gpio]

    def _driven(self, gpio: int, limit: int, code: int) -> Pin:
        if gpio < 54 and not self.mask >> gpio & 1:
            raise Refused(-41)
        return self._pin(gpio, limit, code)
