"""Which chip is at an address that `config.py` says nothing of: what could be there, and what shows itself to be, by reads alone.

Behind a register number there is a read, never a byte more. To some chips that number alone is data: those are not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from actors.drivers import ACTUATOR_DRIVER_REGISTRY, SENSOR_DRIVER_REGISTRY
from actors.drivers.base import Bus
from actors.hardware.i2c.bus import NO_ACK

TAKES_A_BYTE: Final = frozenset({*range(0x20, 0x28), *range(0x38, 0x40), *range(0x60, 0x68), *range(0x70, 0x76)})
"""Where a chip may live to which one byte is data: port expanders (PCF8574, PCF8574A), MCP4725, multiplexers."""
SAME_CHIP: Final = frozenset({"PT-100"})
"""Drivers that read the chip of another one in a circuit of their own: they are not proposed."""
_ADC: Final = range(0x48, 0x50)
"""Of the PCF8591, to which a register number is a setting of its analogue output (NXP data sheet, 8.1)."""
PLAIN: Final = 4
"""Bytes of a read without a register: a port, a multiplexer, and whatever else has one register, sends the same in all of them."""


class Known(NamedTuple):
    """`chip` is what showed itself (None: nothing did), `evidence` by what; `candidates` are the drivers of what can be there."""

    chip: str | None
    evidence: str
    candidates: tuple[str, ...]


def candidates(address: int) -> tuple[str, ...]:
    """Return the drivers whose chip can be at an address."""
    sensors = [name for name, driver in SENSOR_DRIVER_REGISTRY.items() if address in driver.addresses and name not in SAME_CHIP]
    return (*sensors, *(name for name, output in ACTUATOR_DRIVER_REGISTRY.items() if address in output.addresses))


def recognise(bus: Bus, address: int) -> Known:
    """Return what is known of the chip at an address that nobody has configured; raises as the bus does."""
    possible = candidates(address)
    if address in TAKES_A_BYTE or not _has_registers(bus, address):
        return Known(None, "", possible)
    for name in possible:
        driver = SENSOR_DRIVER_REGISTRY.get(name)
        if driver is not None and driver.ids and (evidence := shown(bus, address, driver.ids)):
            return Known(name, evidence, possible)
    return Known(None, "", possible)


def _has_registers(bus: Bus, address: int) -> bool:
    """Return whether a read without a register number looks like that of a chip with registers.

    A port, or an ADC such as the PCF8591, sends the same byte again and again; a chip of commands, such as the SI7021, does not
    acknowledge. Zeros are what many chips hold in their first registers, but where the PCF8591 lives they are taken for its.
    """
    try:
        found = set(bus.transfer(address, None, PLAIN))
    except OSError as error:
        if error.errno not in NO_ACK:
            raise
        return False
    return len(found) > 1 or (found == {0} and address not in _ADC)


def shown(bus: Bus, address: int, ids: Mapping[int, tuple[int, int, int]]) -> str:
    """Return by which registers a chip shows that it is the one with these `ids`; "" for another one."""
    seen = []
    for register, (length, mask, value) in ids.items():
        found = int.from_bytes(bus.transfer(address, bytes((register,)), length), "big")
        if found & mask != value:
            return ""
        seen.append(f"0x{found:0{2 * length}X} in register 0x{register:02X}")
    return ", ".join(seen)
