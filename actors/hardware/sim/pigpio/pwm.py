"""The pins of a simulated Raspberry Pi: what pigpiod keeps in mind about each, and what the pin really does.

Facts: pigpio 79 (`pigpio.c`: gpioPWM, gpioSetPWMrange, gpioSetPWMfrequency, gpioHardwarePWM, gpioWrite), checked against the real daemon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

OUTPUT: Final = 1
INPUT: Final = 0
_ALT0, _ALT1, _ALT5 = 4, 5, 2

# The 18 frequencies of software PWM are 1e6 / (25 * sample_us * cycles).
_CYCLES = (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 80, 100, 160, 200, 400, 800)
_STEPS = 25
_DEFAULT_INDEX = 5  # 800 Hz at 5 us
_DEFAULT_RANGE = 255
_FREE_RANGE = 10_000  # as many steps as a process makes at 100 Hz
HARDWARE_RANGE = 1_000_000

# GPIO -> (channel, the mode that shows it).
HARDWARE_PINS: Final = {
    12: (0, _ALT0), 18: (0, _ALT5), 40: (0, _ALT0), 52: (0, _ALT1),
    13: (1, _ALT0), 19: (1, _ALT5), 41: (1, _ALT0), 45: (1, _ALT0), 53: (1, _ALT1),
}  # fmt: skip


@dataclass
class Channel:
    """One of the two hardware PWM channels; it belongs to the chip, not to pigpiod."""

    on: bool = False
    steps: int = 1
    data: int = 0
    frequency: int = 0

    @property
    def duty(self) -> float:
        """The duty cycle the channel makes, 0..1."""
        return min(1.0, self.data / self.steps) if self.on else 0.0


@dataclass
class Settings:
    """What pigpiod remembers of one pin; lost when it restarts."""

    function: str = "none"  # none, write, pwm, hwpwm
    width: int = 0
    range: int = _DEFAULT_RANGE
    index: int = _DEFAULT_INDEX


class Rates:
    """The frequencies that software PWM makes on every pin, in Hz, each with its real range."""

    def __init__(self, sample_us: int = 5) -> None:
        self.frequencies: tuple[Any, ...] = frequencies(sample_us)
        self.ranges = tuple(_STEPS * cycles for cycles in _CYCLES)

    def also(self, wanted: Iterable[float]) -> None:
        """Make these, too, though no pigpiod does: a process of ours would."""
        new = tuple(frequency for frequency in dict.fromkeys(wanted) if frequency not in self.frequencies)
        self.ranges += (_FREE_RANGE,) * len(new)
        self.frequencies += new


@dataclass
class Pin:
    """One pin: its registers (`mode`, `latch`), the pulses pigpiod makes on it, and pigpiod's settings."""

    rates: Rates = field(default_factory=Rates)
    mode: int = INPUT
    latch: int = 0
    samples: int = 0
    settings: Settings = field(default_factory=Settings)

    @property
    def real_range(self) -> int:
        """Samples in one period of software PWM."""
        return self.rates.ranges[self.settings.index]

    @property
    def soft_duty(self) -> float:
        """What a pin in mode OUTPUT does: its pulses if there are any, else its latch."""
        return self.samples / self.real_range if self.samples else float(self.latch)

    def set_samples(self, width: int) -> None:
        """Change the pulses; where the number of samples stays the same nothing happens on the pin, not even for 0."""
        samples = width * self.real_range // self.settings.range
        if samples == self.samples:
            return
        if samples == 0:
            self.latch = 0
        self.samples = samples

    def end_function(self) -> None:
        """End PWM; a hardware channel runs on."""
        if self.settings.function == "pwm":
            self.set_samples(0)
        self.settings.width = 0
        self.settings.function = "none"

    def set_mode(self, mode: int) -> None:
        """Change the mode; a change ends PWM, the same mode changes nothing."""
        if mode != self.mode:
            self.end_function()
            self.mode = mode

    def write(self, level: int) -> None:
        """Drive a plain level."""
        if self.settings.function != "write":
            self.end_function()
            self.settings.function = "write"
        self.mode = OUTPUT
        self.latch = level

    def start_pwm(self, width: int) -> None:
        """Set the width of software PWM, starting it if need be."""
        if self.settings.function != "pwm":
            self.end_function()
            self.settings.function = "pwm"
            if width == 0:
                self.latch = 0
        self.mode = OUTPUT
        self.set_samples(width)
        self.settings.width = width

    def change(self, *, range_: int | None = None, index: int | None = None) -> None:
        """Set range or frequency; running PWM is stopped, rescaled to a new range, and started."""
        settings = self.settings
        running = settings.function == "pwm" and settings.width > 0
        if running:
            self.set_samples(0)
            if range_ is not None:
                settings.width = range_ * settings.width // settings.range
        settings.range = settings.range if range_ is None else range_
        settings.index = settings.index if index is None else index
        if running:
            self.set_samples(settings.width)

    def freeze(self, level: int) -> None:
        """Be left behind by a pigpiod that died: pulses end at `level`, all settings are lost."""
        if self.samples:
            self.latch = level
            self.samples = 0
        self.settings = Settings()


def frequencies(sample_us: int) -> tuple[int, ...]:
    """Return the selectable frequencies of software PWM in Hz, highest first."""
    return tuple(int(1e6 / (_STEPS * sample_us * cycles) + 0.5) for cycles in _CYCLES)


def nearest(selectable: tuple[float, ...], frequency: float) -> int:
    """Return the index of the frequency pigpio picks: the nearest, on a tie the higher one."""
    return min(range(len(selectable)), key=lambda index: abs(selectable[index] - frequency))
