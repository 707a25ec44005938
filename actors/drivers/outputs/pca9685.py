"""PCA9685 (NXP data sheet, rev. 4): sixteen PWM outputs of 4096 steps and one frequency."""

from __future__ import annotations

import time

from actors.drivers.base import OutputDriver, Wiring
from actors.drivers.registers import confirmed, named, read_register, repeated
from actors.errors import DeviceError, TransientError

MODE1, LED0, PRESCALE, INCREMENT, SLEEP, FULL = 0x00, 0x06, 0xFE, 0x20, 0x10, 0x10  # tables 4, 5; FULL: LEDn_ON_H, LEDn_OFF_H (7.3.3)
STEPS, OSCILLATOR, LOWEST, HIGHEST, USUAL = 4096, 25e6, 24, 1526, 200.0  # Hz, 7.3.5


class PCA9685(OutputDriver):
    """Full scale is `max`. Raises `output_untrue`, and `settings_lost` for a chip that has lost its supply since."""

    heats, outputs, also_answers, frequencies, _awake = False, 16, (0x70,), (LOWEST, HIGHEST), False

    def apply(self, value: float) -> float:
        """Drive `value`; off is the chip's own full-off bit, and full scale its full-on bit: no pulse is left."""
        with named(self.address):
            self._wake()
            on = min(max(round(value / self.wiring.max * STEPS), 1), STEPS) if value > 0 else 0
            on = STEPS - on if self.wiring.active_low else on
            wanted = bytes((0, 0, 0, FULL) if on == 0 else (0, FULL, 0, 0) if on == STEPS else (0, 0, on & 0xFF, on >> 8))
            repeated(self.bus, self.address, bytes((LED0 + 4 * (self.wiring.channel or 0),)) + wanted)
            if (found := self._levels()) != wanted:
                raise DeviceError("output_untrue", f"the PCA9685 was set to {wanted.hex()} but reads back {found.hex()}")
            return self._value(found)

    def read_back(self) -> float:
        """Return the set-point that the chip's registers stand for."""
        with named(self.address):
            if self._awake and read_register(self.bus, self.address, MODE1) & SLEEP:
                raise TransientError("settings_lost", f"the PCA9685 at {self.wiring.where} has lost its supply, or was reset")
            return self._value(self._levels())

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring cannot work, or None."""
        if wiring.frequency is not None and not LOWEST <= wiring.frequency <= HIGHEST:
            return f"a PCA9685 makes {LOWEST} to {HIGHEST} Hz, not {wiring.frequency:g} Hz"
        return None if wiring.max > 0 else f"it is fully on at 'max', which must be more than 0, not {wiring.max:g}"

    def _wake(self) -> None:  # sets the frequency, which only a chip asleep takes, and no all-call address
        prescale = round(OSCILLATOR / (STEPS * (self.wiring.frequency or USUAL))) - 1
        mode, found = (read_register(self.bus, self.address, register) for register in (MODE1, PRESCALE))
        if mode & 0x7F != INCREMENT or found != prescale:
            for register, setting in ((MODE1, INCREMENT | SLEEP), (PRESCALE, prescale), (MODE1, INCREMENT)):
                repeated(self.bus, self.address, bytes((register, setting)))
            time.sleep(0.0005)  # until the oscillator runs (7.3.1.1)
        self._awake = True

    def _value(self, found: bytes) -> float:
        on = 0 if found[3] & FULL else STEPS if found[1] & FULL else int.from_bytes(found[2:], "little")
        return round((STEPS - on if self.wiring.active_low else on) / STEPS * self.wiring.max, 2)

    def _levels(self) -> bytes:
        return confirmed(self.bus, self.address, bytes((LED0 + 4 * (self.wiring.channel or 0),)), 4)
