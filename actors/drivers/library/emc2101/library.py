"""Opening adafruit-circuitpython-emc2101 on our bus: imported only when an EMC2101 is there, with words for when it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from actors.core.clock import Clock
from actors.drivers.base import Bus
from actors.drivers.library.guard import Guard
from actors.drivers.library.open import opened, steady
from actors.drivers.registers import read_register
from actors.errors import DeviceError, PermanentError, TransientError

ADDRESS: Final = 0x4C
"""The only address of the chip, and the only one the library knows."""
CHIP_SETTINGS_WRITTEN: Final = "chip_settings_written"
"""Log event: a driver changed registers of a chip, which another user of that chip may notice."""
LIMITS: Final = (1.0, 200)
"""Seconds and transfers of one call of the library; its constructor does 26, each read twice."""
MAKER: Final = 0x5D
PARTS: Final = frozenset({0x16, 0x28})
"""Registers 0xFE and 0xFD of EMC2101 and EMC2101-R."""


def require_emc2101(bus: Bus, address: int, error: type[DeviceError]) -> None:
    """Raise `error` with code `wrong_chip` unless maker and part are right; a floating bus would read as -1 °C otherwise."""
    maker, part = read_register(bus, address, 0xFE), read_register(bus, address, 0xFD)
    if maker != MAKER or part not in PARTS:
        found = "a bus that floats" if (maker, part) == (0xFF, 0xFF) else "another chip"
        raise error("wrong_chip", f"config.py says EMC2101, found {found} at 0x{address:02X} (maker 0x{maker:02X}, part 0x{part:02X})")


def open_library(bus: Bus, address: int, clock: Clock) -> Callable[[], int]:
    """Let the library set the chip up, once it is known to be an EMC2101; return what reads its own temperature, in °C.

    Its constructor makes the ALERT/TACH pin the tachometer's input (0x03 bit 2) and lets the spin-up finish (0x4B bit 5 cleared).
    `EMC2101_LUT` would hand the fan over to the chip's table, so it is not used. Thread: the sensor actor's.
    Raises PermanentError `library_missing` or `wrong_chip`, TransientError `bad_frame`, and OSError as the bus does.
    """
    import structlog

    if address != ADDRESS:
        raise PermanentError("wrong_chip", f"config.py says EMC2101 at 0x{address:02X}, but an EMC2101 is always at 0x{ADDRESS:02X}")
    require_emc2101(bus, address, PermanentError)
    guard = Guard(bus, address, clock)
    guard.begin(*LIMITS)
    try:
        library = opened(guard, "adafruit_emc2101", "EMC2101", steady(guard))
    except (AttributeError, RuntimeError, ValueError) as error:
        raise TransientError("bad_frame", f"the EMC2101 went away while it was set up ({error})") from error
    written = {"0x03": "bit 2 set", "0x4B": "bit 5 cleared"}
    structlog.get_logger().info(CHIP_SETTINGS_WRITTEN, chip="EMC2101", address=f"0x{address:02X}", registers=written)

    def inside() -> int:
        guard.begin(*LIMITS)
        return int(library.internal_temperature)

    return inside
