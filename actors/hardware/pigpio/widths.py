"""How a duty cycle becomes the width that pigpiod's software PWM takes."""

from __future__ import annotations

import math
from typing import Final

from actors.errors import DeviceError

TOLERANCE: Final = 0.01
"""Largest deviation that is still true: of the nominal frequency, and of full duty."""


def soft_width(duty: float, range_: int, steps: int) -> int:
    """Return the width, out of `range_`, that makes `duty` (above 0) of `steps` real steps.

    pigpiod makes floor(width * steps / range_) of it. With few steps the nearest one is chosen, so that what is read back is what
    the pin does; with many, the set-point itself is kept: it is then less than 1 % away.
    """
    if steps * TOLERANCE < 1:
        return math.ceil(max(round(duty * steps), 1) * range_ / steps)
    return min(max(round(duty * range_), math.ceil(range_ / steps)), range_)


def require_frequency(pin: int, asked: float, found: float) -> None:
    """Raise DeviceError `pwm_untrue` unless a pin makes the frequency (Hz) that was asked for."""
    if abs(found - asked) > TOLERANCE * asked:
        raise DeviceError("pwm_untrue", f"GPIO{pin} was set to {asked:.0f} Hz but makes {found:.0f} Hz")
