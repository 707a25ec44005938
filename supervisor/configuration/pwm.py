"""Which PWM frequencies a pin can really have. Pure arithmetic, no hardware."""

from __future__ import annotations

HARDWARE_CHANNEL = {12: 0, 18: 0, 13: 1, 19: 1}
"""BCM pin -> PWM channel; two pins of one channel share frequency and duty cycle (pigpio v79, `PWMDef`)."""
HARDWARE_CLOCK = 250_000_000
"""Hz: the clock that hardware PWM divides, up to a Pi 3. A Pi 4 has 375 MHz, so half as many duty steps again."""
HARDWARE_MAX = HARDWARE_CLOCK // 50
"""Hz. pigpio accepts 125 MHz, but a period of less than 50 clock ticks misses the frequency or the duty cycle by more than 1 %."""
SAMPLE_US = 5
"""Microseconds per DMA sample of a pigpiod started without `-s`."""
CYCLES = (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 80, 100, 160, 200, 400, 800)
"""Periods of software PWM in units of 25 samples (pigpio v79, `pwmCycles`)."""
SOFT_FREQUENCIES = tuple(1_000_000 / (25 * SAMPLE_US * cycles) for cycles in CYCLES)
"""Hz: 8000 down to 10."""
TOLERANCE = 0.01
"""Largest deviation from the nominal frequency that is not an error."""
FEW_STEPS = 255
"""Below this, two neighbours of the usual 0 to 255 can be the same at the pin."""


def possible(pin: int, frequency: float) -> str | None:
    """Return None if `pin` can make `frequency` (Hz) within 1 %, else what it can make."""
    if pin in HARDWARE_CHANNEL:
        return None if 1 <= frequency <= HARDWARE_MAX else f"1 to {HARDWARE_MAX} Hz (GPIO{pin} has hardware PWM)"
    nearest = min(SOFT_FREQUENCIES, key=lambda candidate: abs(candidate - frequency))
    if abs(nearest - frequency) <= TOLERANCE * frequency:
        return None
    choice = ", ".join(f"{candidate:.0f}" for candidate in reversed(SOFT_FREQUENCIES))
    return f"one of {choice} Hz (GPIO{pin} has software PWM; other frequencies need GPIO12, GPIO13, GPIO18 or GPIO19)"


def steps(pin: int, frequency: float) -> int:
    """Return how many distinct duty cycles `pin` has at a possible `frequency` (Hz)."""
    return round(HARDWARE_CLOCK / frequency if pin in HARDWARE_CHANNEL else 1_000_000 / (SAMPLE_US * frequency))
