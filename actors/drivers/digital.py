"""On/off output: on from half scale upwards."""

from __future__ import annotations

from actors.drivers.base import OutputDriver, Wiring


class DIGITAL(OutputDriver):
    """`max` stands for on and `min` for off: 1 and 0 as a rule."""

    def apply(self, value: float) -> float:
        """Switch on at half scale or above, off below; raises DeviceError when the pin does not follow."""
        on = value >= (self.wiring.min + self.wiring.max) / 2
        return self._value(self.gpio.write(self._pin(), int(on != self.wiring.active_low)))

    def read_back(self) -> float:
        """Return `max` when the pin is on, `min` when it is off."""
        return self._value(self.gpio.read(self._pin()))

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring cannot work, or None."""
        return "a DIGITAL output needs a pin" if wiring.pin is None else None

    def _value(self, level: int) -> float:
        on = bool(level) != self.wiring.active_low
        return round(self.wiring.max if on else self.wiring.min, 2)

    def _pin(self) -> int:
        if self.wiring.pin is None:
            raise ValueError(self.refuse(self.wiring))
        return self.wiring.pin
