"""PCF8574 and PCF8574A (NXP PCF8574, rev. 5): eight pins, strong when low and weak when high."""

from __future__ import annotations

from actors.drivers.outputs.switch import ExpanderPin
from actors.drivers.registers import confirmed, repeated


class PCF8574(ExpanderPin):
    """All pins are high after power-up (8.1), which is off for what is `active_low`, and on for anything else until the daemon starts.

    A read gives the pins and not what was written (8.2), so that what the other outputs of the chip were set to is remembered.
    """

    addresses = (*range(0x20, 0x28), *range(0x38, 0x40))
    outputs = 8

    def _write(self) -> None:
        byte = self._pins()
        for pin, wanted in self._shared.levels.items():
            byte = byte | 1 << pin if wanted else byte & ~(1 << pin)
        repeated(self.bus, self.address, bytes((byte,)))

    def _level(self) -> int:
        return self._pins() >> self._pin & 1

    def _pins(self) -> int:
        return confirmed(self.bus, self.address, None, 1)[0]
