"""Output pins of the kernel driven by this very process, for a moment: when there is no output process left to do it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from actors.drivers.base import PwmState
from actors.errors import DeviceError
from actors.hardware.kernel.process.main import outputs_of

BUSY: Final = 1.5
"""Seconds within which an output process that has lost its daemon makes its pins safe and lets go of them (milliseconds, as a rule)."""
_PAUSE: Final = 0.02


class PinsHere:
    """`actors.drivers.base.Gpio` for plain levels and hardware PWM; software PWM would end with this process, so it is off instead.

    `settings` are those of the output process (`hardware`, `chip`, `pwm`, `tree`), `safe_pins` the levels that a line has from the
    moment it is claimed.
    """

    def __init__(self, settings: Mapping[str, Any], safe_pins: Mapping[int, int]) -> None:
        self._hardware = frozenset(settings["hardware"])
        self._outputs = outputs_of({**settings, "safe": dict(safe_pins), "leases": {}})

    def write(self, pin: int, level: int) -> int:
        """Drive a plain level, verify it and return it."""
        return int(self._do(pin, do="write", level=level))

    def read(self, pin: int) -> int:
        """Return the level at the pin."""
        return int(self._do(pin, do="read"))

    def set_pwm(self, pin: int, frequency: float, duty: float, scale: int) -> PwmState:
        """Make hardware PWM, or no pulse at all where only a living process could make any."""
        del scale
        if pin in self._hardware and duty > 0.0:
            return self._state(self._do(pin, do="set_pwm", frequency=frequency, duty=duty))
        return PwmState(float(self.write(pin, int(duty == 1.0))), 0.0, 1)

    def pwm(self, pin: int) -> PwmState:
        """Return what the pin does."""
        return self._state(self._do(pin, do="pwm"))

    def require(self, pin: int, frequency: float | None) -> None:
        """Do nothing: outputs are only made safe here."""

    def close(self) -> None:
        """Leave the lines to the end of this process."""

    @staticmethod
    def _state(found: Sequence[float]) -> PwmState:
        duty, frequency, steps = found
        return PwmState(float(duty), float(frequency), int(steps))

    def _do(self, pin: int, **command: Any) -> Any:
        until = time.monotonic() + BUSY
        while True:
            try:
                return self._outputs.obey({"pin": pin, **command}, time.monotonic())
            except DeviceError as error:
                if error.code not in {"gpio_busy", "pwm_not_ready"} or time.monotonic() > until:
                    raise
            time.sleep(_PAUSE)
