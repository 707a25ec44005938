"""Opening adafruit-circuitpython-emc2101 on our bus: imported only when an EMC2101 is there, with words for when it cannot be."""

from __future__ import annotations

from typing import Any, Final

from actors.drivers.base import Bus
from actors.drivers.emc2101.circuitpython import CircuitPythonI2C
from actors.drivers.registers import read_register
from actors.errors import DeviceError, PermanentError, TransientError

ADDRESS: Final = 0x4C
"""The only address of the chip, and the only one the library knows."""
CHIP_SETTINGS_WRITTEN: Final = "chip_settings_written"
"""Log event: a driver changed registers of a chip, which another user of that chip may notice."""

MAKER: Final = 0x5D
PARTS: Final = frozenset({0x16, 0x28})
"""Registers 0xFE and 0xFD of EMC2101 and EMC2101-R."""


def require_emc2101(bus: Bus, address: int, error: type[DeviceError]) -> None:
    """Raise `error` with code `wrong_chip` unless maker and part are right; a floating bus would read as -1 °C otherwise."""
    maker, part = read_register(bus, address, 0xFE), read_register(bus, address, 0xFD)
    if maker != MAKER or part not in PARTS:
        found = "a bus that floats" if (maker, part) == (0xFF, 0xFF) else "another chip"
        raise error("wrong_chip", f"config.py says EMC2101, found {found} at 0x{address:02X} (maker 0x{maker:02X}, part 0x{part:02X})")


def open_library(bus: Bus, address: int) -> Any:
    """Return the library's base class on `bus`, once the chip is known to be an EMC2101. Runs in the sensor actor's thread.

    Its constructor makes the ALERT/TACH pin the tachometer's input (0x03 bit 2) and lets the spin-up finish (0x4B bit 5 cleared).
    `EMC2101_LUT` would hand the fan over to the chip's table, so it is not used.

    Raises PermanentError `library_missing` or `wrong_chip`, TransientError `bad_frame`, and OSError as the bus does.
    """
    import structlog

    if address != ADDRESS:
        raise PermanentError("wrong_chip", f"config.py says EMC2101 at 0x{address:02X}, but an EMC2101 is always at 0x{ADDRESS:02X}")
    require_emc2101(bus, address, PermanentError)
    try:
        import adafruit_emc2101
    except Exception as error:  # its board detection raises RuntimeError and NotImplementedError, too
        raise PermanentError(
            "library_missing",
            f"adafruit-circuitpython-emc2101 does not import ({error}): run pip install adafruit-circuitpython-emc2101,"
            " and on a Raspberry Pi also pip install 'gpiod>=2.2.2,<3'",
        ) from error
    try:
        library = adafruit_emc2101.EMC2101(CircuitPythonI2C(bus))
    except (AttributeError, RuntimeError, ValueError) as error:
        raise TransientError("bad_frame", f"the EMC2101 went away while it was set up ({error})") from error
    structlog.get_logger().info(
        CHIP_SETTINGS_WRITTEN, chip="EMC2101", address=f"0x{address:02X}", registers={"0x03": "bit 2 set", "0x4B": "bit 5 cleared"}
    )
    return library
