"""PWM output: a duty cycle of value / max, by hardware where the pin has it."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import OutputDriver, PwmState, Wiring

FINEST: Final = 40_000
"""Most book-keeping steps that software PWM knows (pigpio v79, `set_PWM_range`)."""
PER_UNIT: Final = 100
"""Steps per set-point unit, so that a read-back rounded to 0.01 returns what was set."""


class PWM(OutputDriver):
    """Full scale is `max`; `min` only limits what is asked for. 0 is a plain level, the strongest off there is.

    A value above 0 too small for one step of the pin makes one step, and reads back as that.
    """

    _frequency: float | None = None

    def apply(self, value: float) -> float:
        """Drive `value`; raises DeviceError, `pwm_untrue` among them."""
        pin, frequency = self._wires()
        duty = min(value / self.wiring.max, 1.0)
        if duty <= 0.0:
            return self._seen(PwmState(float(self.gpio.write(pin, int(self.wiring.active_low))), 0.0, 1))
        return self._seen(self.gpio.set_pwm(pin, frequency, 1.0 - duty if self.wiring.active_low else duty, self._scale()))

    def read_back(self) -> float:
        """Return the set-point that the duty cycle of this moment stands for."""
        return self._seen(self.gpio.pwm(self._wires()[0]))

    def frequency(self) -> float | None:
        """Return the frequency in Hz that was read last, or None when that was a plain level."""
        return self._frequency

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring can make no PWM, or None."""
        if wiring.pin is None or wiring.frequency is None:
            return "a PWM output needs a pin and a frequency ('pwm_frequency', in Hz)"
        if wiring.max <= 0:
            return f"a PWM output is fully on at 'max', which must be more than 0, not {wiring.max:g}"
        return None

    def _seen(self, state: PwmState) -> float:
        self._frequency = state.frequency or None
        return round((1.0 - state.duty if self.wiring.active_low else state.duty) * self.wiring.max, 2)

    def _wires(self) -> tuple[int, float]:
        if self.wiring.pin is None or self.wiring.frequency is None:
            raise ValueError(self.refuse(self.wiring))
        return self.wiring.pin, self.wiring.frequency

    def _scale(self) -> int:
        units = round(self.wiring.max * PER_UNIT)
        return FINEST // units * units if 0 < units <= FINEST else FINEST
