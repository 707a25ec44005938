"""MCP4725 (Microchip DS22039D): a voltage, in 4096 steps of its own supply."""

from __future__ import annotations

from actors.drivers.base import OutputDriver, Wiring
from actors.drivers.registers import confirmed, named, repeated
from actors.errors import DeviceError

STEPS, ANSWER = 4096, 5  # 6.2: status, two bytes of the output, two of its EEPROM
POWER_DOWN, UNSET = 0x06, 0x40  # status bits 2, 1: the output is switched off; bit 6 is 0 while the supply comes up


class MCP4725(OutputDriver):
    """Set-points are volts, up to `max`; `full_scale` is the supply of the chip in volts, else `max`. Raises `output_untrue`.

    Its EEPROM is never written: with its supply comes what that holds, half scale in a new chip.
    """

    heats = False

    def apply(self, value: float) -> float:
        """Drive `value` volts, rounded down to a step: never more than was asked for."""
        with named(self.address):
            code = min(max(int(value / self._full * STEPS + 1e-9), 0), STEPS - 1)
            repeated(self.bus, self.address, code.to_bytes(2, "big"))  # fast mode, 6.1.1: the upper four bits 0 are "output on"
            status, found = self._read()
            if found != code or status & POWER_DOWN:
                raise DeviceError("output_untrue", f"the MCP4725 was set to {code} of {STEPS} steps but reads back {found}")
            return round(found / STEPS * self._full, 2)

    def read_back(self) -> float:
        """Return the volts that the chip gives: 0 where its output is switched off."""
        with named(self.address):
            status, found = self._read()
            return 0.0 if status & POWER_DOWN else round(found / STEPS * self._full, 2)

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring cannot work, or None."""
        if wiring.active_low:
            return "an MCP4725 makes a voltage, which cannot be 'active_low'"
        if wiring.full_scale is not None and wiring.full_scale < wiring.max:
            return f"an MCP4725 with 'full_scale' {wiring.full_scale:g} V cannot make 'max' {wiring.max:g} V"
        return None if wiring.max > 0 else f"'max' is a voltage of more than 0 V, not {wiring.max:g} V"

    @property
    def _full(self) -> float:
        return self.wiring.full_scale or self.wiring.max

    def _read(self) -> tuple[int, int]:
        answer = confirmed(self.bus, self.address, None, ANSWER)
        return answer[0], int.from_bytes(answer[1:3], "big") >> 4
