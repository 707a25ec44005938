"""A pin of a port expander as an on/off output: what the kinds of expander have in common."""

from __future__ import annotations

from actors.drivers.base import OutputDriver, Wiring
from actors.drivers.outputs.shared import Shared, shared
from actors.drivers.registers import named
from actors.errors import DeviceError


class ExpanderPin(OutputDriver):
    """`max` stands for on and `min` for off, as for `DIGITAL`. Raises `output_untrue`, `busy`."""

    heats = False

    def apply(self, value: float) -> float:
        """Switch on at half scale or above, off below."""
        level = int(self._is_on(value) != self.wiring.active_low)
        with named(self.address), self._shared.alone(self.wiring.where):
            self._shared.levels[self._pin] = level
            self._write()
            if (found := self._level()) != level:
                raise DeviceError("output_untrue", f"pin {self._pin} of the chip at {self.wiring.where} was set to {level} but is {found}")
        return self._value(level)

    def read_back(self) -> float:
        """Return `max` when the pin is on, `min` when it is off; the safe value where that is the same."""
        with named(self.address):
            return self._value(self._level())

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring cannot work, or None."""
        return None if wiring.max > 0 else f"it is on at 'max', which must be more than 0, not {wiring.max:g}"

    def _write(self) -> None:
        """Set the pin to what is noted for it, and leave the others as they are. The chip is nobody else's meanwhile."""
        raise NotImplementedError

    def _level(self) -> int:
        """Return the level at the pin."""
        raise NotImplementedError

    def _is_on(self, value: float) -> bool:
        return value > 0 and value >= (self.wiring.min + self.wiring.max) / 2

    def _value(self, level: int) -> float:
        on, safe = bool(level) != self.wiring.active_low, self.wiring.safe
        return safe if self._is_on(safe) == on else round(self.wiring.max if on else self.wiring.min, 2)

    @property
    def _shared(self) -> Shared:
        return shared(self.wiring.where)

    @property
    def _pin(self) -> int:
        return self.wiring.channel or 0
