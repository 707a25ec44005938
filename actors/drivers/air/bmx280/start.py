"""How a BME280 or BMP280 gets going: who it is, its reset, and its calibration, which it loads by itself after power-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.core.clock import Clock
from actors.drivers.air.bmx280.calibration import Calibration
from actors.drivers.base import Bus
from actors.drivers.registers import confirmed, read_register, repeated, require_ids
from actors.errors import DeviceError, TransientError

ID, RESET, STATUS, DATA = 0xD0, 0xE0, 0xF3, 0xF7  # BST-BME280-DS002, table 18
MODELS: Final = {0x58: "BMP280", 0x60: "BME280", 0x61: "BME680", 0x55: "BMP180", 0x50: "BMP388"}
RESET_WORD, LOADING = 0xB6, 0x01
MODE: Final = (0xF4, 0b001_011_01)
"""Register and value: temperature once, pressure four times, one measurement (BST-BME280-DS002, 5.4.5)."""
NOTHING: Final = b"\x80\x00\x00"
"""A value that was never measured (BST-BME280-DS002, 4.1)."""
START_UP: Final = 0.003
"""Seconds after a reset: 2 ms (BST-BME280-DS002, table 1), and some more."""
LOADED_WITHIN: Final = 5
"""Looks, 2 ms apart, until a chip that does not load its calibration is given up."""


def require_model(bus: Bus, address: int, chip: str, ids: Mapping[int, tuple[int, int, int]], error: type[DeviceError]) -> None:
    """Raise `error` with code `wrong_chip` unless the number in register 0xD0 is right; name a sister where it is hers."""
    found = MODELS.get(read_register(bus, address, ID), "")
    if found and found != chip:
        hint = f": write 'driver': '{found}'" if found in {"BMP280", "BME280"} else ""
        raise error("wrong_chip", f"config.py says {chip}, found a {found} at 0x{address:02X}{hint}")
    require_ids(bus, address, chip, ids, error)


def started(bus: Bus, address: int, clock: Clock, *, humid: bool) -> Calibration:
    """Reset the chip, wait until its calibration is there, and return it. Raises TransientError `not_calibrated`."""
    repeated(bus, address, bytes((RESET, RESET_WORD)))
    clock.sleep(START_UP)
    for _ in range(LOADED_WITHIN):
        if not read_register(bus, address, STATUS) & LOADING and not (found := loaded(bus, address, humid=humid)).empty:
            return found
        clock.sleep(0.002)
    raise TransientError("not_calibrated", f"0x{address:02X} does not load its calibration: is its supply weak?")


def loaded(bus: Bus, address: int, *, humid: bool) -> Calibration:
    """Return the calibration as it is in the chip now, confirmed by a second read."""
    first = confirmed(bus, address, b"\x88", 26 if humid else 24)
    return Calibration.of(first, confirmed(bus, address, b"\xe1", 7) if humid else b"")
