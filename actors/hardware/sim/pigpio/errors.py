"""What a simulated pigpiod refuses, with the numbers of the real one (pigpio v79)."""

from __future__ import annotations

from typing import Final

_ERRORS: Final = {
    -2: "not a GPIO of bank 0 (0-31)",
    -3: "not a GPIO (0-53)",
    -4: "not a mode (0-7)",
    -5: "not a level (0-1)",
    -8: "the duty cycle is outside the range of this GPIO",
    -21: "a PWM range must be 25-40000",
    -41: "no permission to update GPIO",
    -48: "no such script",
    -55: "this simulated pigpiod runs no scripts but lease scripts",
    -57: "no more room for scripts",
    -61: "a script has 10 parameters",
    -92: "no PWM on this GPIO",
    -95: "no hardware PWM on this GPIO",
    -96: "not a frequency of hardware PWM",
    -97: "a hardware PWM duty cycle must be 0-1000000",
    -100: "illegal, PWM in use for main clock",
}


class SimulatedPigpioError(Exception):
    """A command pigpiod refuses; `number` is its error code."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{_ERRORS[number]} ({number})")
        self.number = number
