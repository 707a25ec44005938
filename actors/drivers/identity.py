"""Which chip answers at an address that several kinds share."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import Bus
from actors.drivers.registers import read_register
from actors.errors import DeviceError, PermanentError

CONFIGURATION: Final = 0x01
"""Pointer of the configuration register of the TMP102 (SBOS397, pointer register) and of the ADS1115 (SBAS444, 8.1)."""

THRESHOLDS: Final = (0x8000, 0x7FFF)
"""Registers 2 and 3 of an ADS1115 after power-up."""


def chip_with(configuration: int) -> str:
    """Name the chip whose 16-bit configuration register holds this, among those that live at 0x48 to 0x4B.

    TMP102: resolution bits read 11, low nibble 0 (SBOS397, configuration register; tmp102.c makes the same test).
    ADS1115: comparator off, as after power-up and as every ordinary user leaves it (SBAS444, config register: 0x8583).
    """
    if configuration & 0x600F == 0x6000:  # noqa: PLR2004 - explained above
        return "TMP102"
    if configuration & 0x001F == 0x0003:  # noqa: PLR2004 - explained above
        return "ADS1115"
    kind = "a bus that floats or is shorted" if configuration in {0x0000, 0xFFFF} else "an unknown chip"
    return f"{kind} (configuration register 0x{configuration:04X})"


def chip_at(bus: Bus, address: int) -> tuple[str, int]:
    """Name the chip at `address`, by looking one step further where its configuration says nothing; return that, too.

    Another program may have switched the comparator of an ADS1115 on, but its thresholds are still those of the power-up (SBAS444, 8.1).
    """
    configuration = read_register(bus, address, CONFIGURATION, 2)
    found = chip_with(configuration)
    if found in {"TMP102", "ADS1115"} or configuration in {0x0000, 0xFFFF}:
        return found, configuration
    if tuple(read_register(bus, address, pointer, 2) for pointer in (2, 3)) == THRESHOLDS:
        return "ADS1115", configuration
    return f"{found}; or an ADS1115 that another program has changed", configuration


def require(bus: Bus, address: int, chip: str, configured: str, error: type[DeviceError] = PermanentError) -> int:
    """Return the configuration register of `chip`, or raise `error` with code `wrong_chip`, naming what is there instead.

    It only reads, so that whatever is there is left as it was. `configured` is what the bench owner wrote.
    """
    found, configuration = chip_at(bus, address)
    if found != chip:
        raise error("wrong_chip", f"config.py says {configured}, found {found} at 0x{address:02X}")
    return configuration
