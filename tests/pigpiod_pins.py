"""The pins behind the pigpiod emulator: registers that outlive the daemon, and the daemon's own book-keeping."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

INPUT, OUTPUT = 0, 1
CYCLES = (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 80, 100, 160, 200, 400, 800)
ALTERNATIVE = {12: 4, 13: 4, 18: 2, 19: 2, 40: 4, 41: 4, 45: 4, 52: 5, 53: 5}
CHANNEL = {12: 0, 18: 0, 40: 0, 52: 0, 13: 1, 19: 1, 41: 1, 45: 1, 53: 1}
MILLION = 1_000_000
SERVO_FRAME = 20_000


class Refused(Exception):  # noqa: N818 - what the daemon does with a command, not a failure of the emulator
    """The daemon's answer to a command it refuses."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Book:
    """What the daemon keeps in mind about a pin; gone when it restarts."""

    function: str = "none"
    width: int = 0
    range: int = 255
    index: int = 5


@dataclass
class Pin:
    """Registers, pulses of `on` samples in `period` (0: none), and the book."""

    mode: int = INPUT
    latch: int = 0
    pull: int = 0
    on: int = 0
    period: int = 1
    book: Book = field(default_factory=Book)


@dataclass
class Channel:
    """A hardware PWM channel."""

    running: bool = False
    steps: int = 1
    data: int = 0
    frequency: int = 0


class Board:
    """All pins. Methods are commands: they return the result or raise `Refused`. Not thread-safe.

    `forced`: pin -> level that the outside world imposes, whatever is driven.
    """

    def __init__(
        self, *, sample_us: int = 5, clock: int = 500_000_000, mask: int = 0x0FFFFFFC, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.main_clock_is_pwm = False
        """Whether it was started with `-t 0`."""
        self.sample_us = sample_us
        self.clock = clock
        self.mask = mask
        self.now = now
        self.pins = [Pin() for _ in range(54)]
        self.channels = (Channel(), Channel())
        self.forced: dict[int, int] = {}
        self.frequencies = [int(1e6 / (25 * sample_us * cycles) + 0.5) for cycles in CYCLES]

    def shown(self, gpio: int) -> tuple[float, float]:
        """Return what the pin really does: duty 0..1 and frequency in Hz, 0 for a constant level."""
        pin = self.pins[gpio]
        if gpio in self.forced:
            return float(self.forced[gpio]), 0.0
        if pin.mode == OUTPUT:
            return (pin.on / pin.period, 1e6 / (pin.period * self.sample_us)) if pin.on else (float(pin.latch), 0.0)
        if gpio in CHANNEL and pin.mode == ALTERNATIVE[gpio]:
            channel = self.channels[CHANNEL[gpio]]
            return (channel.data / channel.steps, float(channel.frequency)) if channel.running else (0.0, 0.0)
        return float(pin.pull == 2), 0.0

    def level(self, gpio: int) -> int:
        """Return the level of this instant."""
        duty, frequency = self.shown(gpio)
        return int(duty) if duty in {0.0, 1.0} else int(self.now() * frequency % 1.0 < duty)

    def state(self, gpio: int) -> dict[str, object]:
        """Return everything about a pin, for a test to look at."""
        pin, (duty, frequency) = self.pins[gpio], self.shown(gpio)
        book = pin.book
        known = {"function": book.function, "width": book.width, "range": book.range}
        return {"pin": gpio, "mode": pin.mode, "level": self.level(gpio), "duty": duty, "frequency": frequency, **known}

    def daemon_died(self, level: int | None = None, *, pulses_go_on: bool = False) -> None:
        """Forget the books. Pulses freeze at `level` (None: that of this instant), or go on by themselves as after kill -9."""
        for gpio, pin in enumerate(self.pins):
            if pin.on and not pulses_go_on:
                pin.latch = self.level(gpio) if level is None else level
                pin.on = 0
            pin.book = Book()

    def modes(self, gpio: int, mode: int) -> int:
        pin = self._driven(gpio, 54, -3)
        if mode > 7:
            raise Refused(-4)
        if mode != pin.mode:
            self._end(pin)
            pin.book.function = "none"
            pin.mode = mode
        return 0

    def modeg(self, gpio: int) -> int:
        return self._pin(gpio, 54, -3).mode

    def pud(self, gpio: int, pull: int) -> int:
        pin = self._driven(gpio, 54, -3)
        if pull > 2:
            raise Refused(-6)
        pin.pull = pull
        return 0

    def read(self, gpio: int) -> int:
        self._pin(gpio, 54, -3)
        return self.level(gpio)

    def write(self, gpio: int, level: int) -> int:
        pin = self._driven(gpio, 54, -3)
        if level > 1:
            raise Refused(-5)
        if pin.book.function != "write":
            self._end(pin)
            pin.book.function = "write"
        pin.mode, pin.latch = OUTPUT, level
        return 0

    def pwm(self, gpio: int, width: int) -> int:
        pin = self._driven(gpio, 32, -2)
        if width > pin.book.range:
            raise Refused(-8)
        self._become(pin, "pwm", width)
        self._pulses(pin, *self._samples(pin, width))
        pin.book.width = width
        return 0

    def servo(self, gpio: int, width: int) -> int:
        pin = self._driven(gpio, 32, -2)
        if width and not 500 <= width <= 2500:
            raise Refused(-7)
        self._become(pin, "servo", width)
        self._pulses(pin, width // self.sample_us, SERVO_FRAME // self.sample_us)
        pin.book.width = width
        return 0

    def prs(self, gpio: int, range_: int) -> int:
        pin = self._driven(gpio, 32, -2)
        if not 25 <= range_ <= 40000:
            raise Refused(-21)
        self._change(pin, range_, pin.book.index)
        return self._real(pin)

    def pfs(self, gpio: int, frequency: int) -> int:
        pin = self._driven(gpio, 32, -2)
        index = min(range(len(CYCLES)), key=lambda i: abs(self.frequencies[i] - frequency))
        self._change(pin, pin.book.range, index)
        return self.frequencies[index]

    def gdc(self, gpio: int) -> int:
        book = self._pin(gpio, 32, -2).book
        if book.function not in {"pwm", "hwpwm"}:
            raise Refused(-92)
        return book.width

    def gpw(self, gpio: int) -> int:
        book = self._pin(gpio, 32, -2).book
        if book.function != "servo":
            raise Refused(-93)
        return book.width

    def prg(self, gpio: int) -> int:
        book = self._pin(gpio, 32, -2).book
        return MILLION if book.function == "hwpwm" else book.range

    def prrg(self, gpio: int) -> int:
        pin = self._pin(gpio, 32, -2)
        return self.channels[CHANNEL[gpio]].steps if pin.book.function == "hwpwm" else self._real(pin)

    def pfg(self, gpio: int) -> int:
        book = self._pin(gpio, 32, -2).book
        return self.channels[CHANNEL[gpio]].frequency if book.function == "hwpwm" else self.frequencies[book.index]

    def hp(self, gpio: int, frequency: int, duty: int) -> int:
        pin = self._driven(gpio, 54, -3)
        if gpio not in CHANNEL:
            raise Refused(-95)
        if duty > MILLION:
            raise Refused(-97)
        if frequency > self.clock // 4:
            raise Refused(-96)
        if self.main_clock_is_pwm:
            raise Refused(-100)
        channel = self.channels[CHANNEL[gpio]]
        if frequency == 0:
            if pin.book.function == "hwpwm":
                channel.running, pin.book = False, Book("none", 0, pin.book.range, pin.book.index)
            return 0
        steps = int(self.clock / (2 * frequency) + 0.5)
        channel.running, channel.steps, channel.data = True, steps, duty * steps // MILLION
        channel.frequency = int(self.clock / (2 * steps) + 0.5)
        if pin.book.function != "hwpwm":
            self._end(pin)
            pin.mode, pin.book.function = ALTERNATIVE[gpio], "hwpwm"
        pin.book.width = duty
        return 0

    def bank(self, first: int) -> int:
        """Return the levels of 32 pins from `first` as one word."""
        return sum(self.level(gpio) << (gpio - first) for gpio in range(first, min(first + 32, 54)))

    def latches(self, first: int, bits: int, level: int) -> int:
        """Set or clear output latches without touching modes."""
        allowed = self.mask >> first
        for gpio in range(first, min(first + 32, 54)):
            if bits & allowed & (1 << (gpio - first)):
                self.pins[gpio].latch = level
        return 0 if bits & ~allowed == 0 else _refuse(-42)

    def _pin(self, gpio: int, limit: int, code: int) -> Pin:
        if gpio >= limit:
            raise Refused(code)
        return self.pins[gpio]

    def _driven(self, gpio: int, limit: int, code: int) -> Pin:
        if gpio < 54 and not self.mask >> gpio & 1:
            raise Refused(-41)
        return self._pin(gpio, limit, code)

    def _real(self, pin: Pin) -> int:
        return 25 * CYCLES[pin.book.index]

    def _samples(self, pin: Pin, width: int) -> tuple[int, int]:
        return width * self._real(pin) // pin.book.range, self._real(pin)

    def _pulses(self, pin: Pin, on: int, period: int) -> None:
        if on == pin.on:
            return
        pin.on, pin.period = on, period
        if on == 0:
            pin.latch = 0

    def _become(self, pin: Pin, function: str, width: int) -> None:
        if pin.book.function != function:
            self._end(pin)
            pin.book.function = function
            if width == 0:
                pin.latch = 0
        pin.mode = OUTPUT

    def _end(self, pin: Pin) -> None:
        if pin.book.function in {"pwm", "servo"}:
            self._pulses(pin, 0, 1)
        pin.book.width = 0

    def _change(self, pin: Pin, range_: int, index: int) -> None:
        book = pin.book
        running = book.function == "pwm" and book.width > 0
        if running:
            self._pulses(pin, 0, 1)
            book.width = range_ * book.width // book.range
        book.range, book.index = range_, index
        if running:
            self._pulses(pin, *self._samples(pin, book.width))


def _refuse(code: int) -> int:
    raise Refused(code)
