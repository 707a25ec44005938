"""EMC2101 (Microchip) as an output: its own fan drive. The sensor of the same chip writes none of these registers."""

from __future__ import annotations

from actors.drivers.base import OutputDriver, Wiring
from actors.drivers.library.emc2101.library import ADDRESS, require_emc2101
from actors.drivers.registers import named, read_register, repeated
from actors.errors import DeviceError, TransientError

CONFIG, FAN_CONFIG, SETTING, PWM_FREQUENCY = 0x03, 0x4A, 0x4C, 0x4D
DAC, BY_HAND, INVERTED = 0x10, 0x20, 0x10  # a bit of CONFIG, two bits of FAN_CONFIG
DAC_STEPS = 0x3F  # by pulses there are 2 * PWM_FREQUENCY steps instead, 46 after power-up


class EMC2101_FAN(OutputDriver):  # noqa: N801 - the name that config.py uses
    """Full scale is `max`; a value above 0 makes at least one of the chip's steps. Raises `wrong_chip`, `fan_untrue`, `bad_frame`."""

    heats, fan_only = False, True

    def apply(self, value: float) -> float:
        """Drive `value`, taking the fan from the chip's own table if that had it."""
        with named(ADDRESS):
            steps, inverted = scale = self._scale()
            on = min(max(round(value / self.wiring.max * steps), 1), steps) if value > 0 else 0
            wanted = steps - on if inverted else on
            if not (config := self._read(FAN_CONFIG)) & BY_HAND:
                self._write(FAN_CONFIG, config | BY_HAND)
            self._write(SETTING, wanted)
            if (found := self._read(SETTING)) != wanted:
                raise DeviceError("fan_untrue", f"the fan drive of the EMC2101 was set to {wanted} of {steps} steps but reads back {found}")
            return self._value(scale, found)

    def read_back(self) -> float:
        """Return the set-point that the chip's fan setting stands for."""
        with named(ADDRESS):
            return self._value(self._scale(), self._read(SETTING))

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring cannot work, or None."""
        if wiring.address != ADDRESS:
            return f"an EMC2101 is always at 0x{ADDRESS:02X}: say 'address': 0x{ADDRESS:02X} and 'pin': None"
        return None if wiring.max > 0 else f"the fan is fully on at 'max', which must be more than 0, not {wiring.max:g}"

    def _scale(self) -> tuple[int, bool]:
        """Return the chip's steps, and whether they count downwards; raises TransientError `wrong_chip` for another chip."""
        require_emc2101(self.bus, ADDRESS, TransientError)
        steps = DAC_STEPS if self._read(CONFIG) & DAC else 2 * max(self._read(PWM_FREQUENCY) & 0x1F, 1)
        return steps, bool(self._read(FAN_CONFIG) & INVERTED) != self.wiring.active_low

    def _value(self, scale: tuple[int, bool], setting: int) -> float:
        duty = min(setting / scale[0], 1.0)
        return round((1.0 - duty if scale[1] else duty) * self.wiring.max, 2)

    def _read(self, register: int) -> int:
        return read_register(self.bus, ADDRESS, register)

    def _write(self, register: int, value: int) -> None:
        repeated(self.bus, ADDRESS, bytes((register, value)))
