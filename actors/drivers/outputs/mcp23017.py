"""MCP23017 (Microchip DS20001952C): sixteen pins, on or off; channels 0 to 7 are GPA0 to GPA7, 8 to 15 GPB0 to GPB7."""

from __future__ import annotations

from actors.drivers.outputs.switch import ExpanderPin
from actors.drivers.registers import confirmed, repeated
from actors.errors import TransientError

DIRECTION, PORT, LATCH = 0x00, 0x12, 0x14  # IODIR, GPIO, OLAT of port A; those of port B follow (table 3-1, IOCON.BANK = 0)


class MCP23017(ExpanderPin):
    """All pins are inputs after power-up: an output floats until the daemon has set it. Raises `settings_lost` too."""

    outputs = 16
    _driven = False

    def _write(self) -> None:
        self._set(LATCH, self._shared.levels[self._pin])  # before the direction, so that no other level shows in between
        self._set(DIRECTION, 0)
        self._driven = True

    def _level(self) -> int:
        """Return the level at the pin, which must be an output once it was one."""
        if self._driven and self._get(DIRECTION) & self._bit:
            raise TransientError("settings_lost", f"the MCP23017 at {self.wiring.where} has lost its supply, or was reset")
        return int(bool(self._get(PORT) & self._bit))

    def _set(self, register: int, level: int) -> None:
        before = self._get(register)
        after = before | self._bit if level else before & ~self._bit
        if after != before:
            repeated(self.bus, self.address, bytes((register + self._port, after)))

    def _get(self, register: int) -> int:
        return confirmed(self.bus, self.address, bytes((register + self._port,)), 1)[0]

    @property
    def _port(self) -> int:
        return self._pin // 8

    @property
    def _bit(self) -> int:
        return 1 << self._pin % 8
