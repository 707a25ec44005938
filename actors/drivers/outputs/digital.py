"""On/off output: on from half scale upwards, and never at 0 or below."""

from __future__ import annotations

from actors.drivers.base import OutputDriver, Wiring


class DIGITAL(OutputDriver):
    """`max` stands for on and `min` for off: 1 and 0 as a rule. What the safe value means reads back as the safe value."""

    def apply(self, value: float) -> float:
        """Switch on at half scale or above, off below; raises DeviceError when the pin does not follow."""
        return self._value(self.gpio.write(self._pin(), int(self._is_on(value) != self.wiring.active_low)))

    def read_back(self) -> float:
        """Return `max` when the pin is on, `min` when it is off; the safe value where that is the same."""
        return self._value(self.gpio.read(self._pin()))

    def require(self) -> None:
        """Raise DeviceError when it is known already that the pin cannot be driven; drive nothing."""
        self.gpio.require(self._pin(), None)

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring cannot work, or None."""
        if wiring.pin is None:
            return "a DIGITAL output needs a pin"
        return None if wiring.max > 0 else f"a DIGITAL output is on at 'max', which must be more than 0, not {wiring.max:g}"

    def _value(self, level: int) -> float:
        on = bool(level) != self.wiring.active_low
        safe = self.wiring.safe
        return safe if self._is_on(safe) == on else round(self.wiring.max if on else self.wiring.min, 2)

    def _is_on(self, value: float) -> bool:
        return value > 0 and value >= (self.wiring.min + self.wiring.max) / 2

    def _pin(self) -> int:
        if self.wiring.pin is None:
            raise ValueError(self.refuse(self.wiring))
        return self.wiring.pin
