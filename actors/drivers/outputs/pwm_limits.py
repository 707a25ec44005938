"""Which PWM a pin can make: arithmetic on what pigpio v79 does (`pwmCycles`, `gpioHardwarePWM`), no hardware."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pilotage.words import number

HARDWARE_CHANNEL: Final = MappingProxyType({12: 0, 18: 0, 13: 1, 19: 1})
"""GPIO -> channel of hardware PWM. Two pins of one channel have the same frequency and the same duty cycle."""
HARDWARE_CLOCK: Final = 250_000_000
"""Hz that are divided, up to a Pi 3: steps = clock / frequency. A Pi 4 has half as many again."""
HARDWARE_STEPS: Final = 256
"""Fewest steps of hardware PWM that are still worth the name: the usual 0 to 255."""
HARDWARE_MAX: Final = HARDWARE_CLOCK / HARDWARE_STEPS
"""Hz."""
SOFT_FREQUENCIES: Final = (8000, 4000, 2000, 1600, 1000, 800, 500, 400, 320, 250, 200, 160, 100, 80, 50, 40, 20, 10)
"""Hz: all that software PWM makes with samples of 5 us (pigpiod without `-s`); it takes the nearest and calls it a success."""
TOLERANCE: Final = 0.01
"""Largest deviation from the nominal frequency."""


def refusal(pin: int, frequency: float) -> str | None:
    """Return why `pin` cannot make `frequency` (Hz) within 1 %, or None."""
    if pin in HARDWARE_CHANNEL:
        if 1 <= frequency <= HARDWARE_MAX and abs(round(frequency) - frequency) <= TOLERANCE * frequency:
            return None
        return f"GPIO{pin} makes whole frequencies from 1 Hz to {HARDWARE_MAX:.0f} Hz by hardware, not {number(frequency)} Hz"
    nearest = min(SOFT_FREQUENCIES, key=lambda selectable: abs(selectable - frequency))
    if abs(nearest - frequency) <= TOLERANCE * frequency:
        return None
    choice = ", ".join(map(str, SOFT_FREQUENCIES))
    text = f"GPIO{pin} has software PWM, which would make {nearest} Hz of {number(frequency)} Hz"
    return f"{text}; it has {choice} Hz, or use GPIO12, 13, 18 or 19"
