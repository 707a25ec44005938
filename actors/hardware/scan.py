"""Who is on the bus: asks as i2cdetect does, identifies only what is configured, and never writes a data byte."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol

from actors.drivers.base import Bus
from actors.errors import BusError, DeviceError, from_os_error

State = Literal["identified", "wrong_chip", "configured", "unknown", "kernel_owned", "absent", "error", "bus_timeout"]

FULL_RANGE: Final = range(0x08, 0x78)
"""Every 7-bit address that is not reserved (UM10204, table 4)."""


class ProbingBus(Bus, Protocol):
    """A bus that can be asked who acknowledges."""

    def probe(self, address: int) -> bool:
        """Return whether something acknowledges; raises as `transfer` does, and for an address that a kernel driver owns."""


@dataclass(frozen=True, slots=True)
class Found:
    """One address. `configured` is its driver in `config.py`, `chip` what identified itself.

    `configured` as a state: it acknowledges, and that is all there is to know. `bus_timeout`: here the scan ended, for the bus's sake.
    """

    address: int
    state: State
    configured: str | None
    chip: str | None
    message: str


def scan(bus: ProbingBus, addresses: Iterable[int], expected: Mapping[int, str]) -> list[Found]:
    """Return what is at each of `addresses`; `expected` maps an address to the driver that is configured there.

    Stops at the first time-out, which is then the last of the list: every further one would hold up the whole bus.
    Raises BusError when there is no bus to ask. Runs in the calling thread.
    """
    found = []
    for address in addresses:
        found.append(_look(bus, address, expected.get(address)))
        if found[-1].state == "bus_timeout":
            break
    return found


def _look(bus: ProbingBus, address: int, driver: str | None) -> Found:
    try:
        if not bus.probe(address):
            return Found(address, "absent", driver, None, "no acknowledge")
        if driver is None:
            return Found(address, "unknown", None, None, "acknowledges, and is not configured")
        return _identified(bus, address, driver)
    except BusError:
        raise
    except DeviceError as error:
        return _failed(address, driver, error)
    except OSError as error:
        return _failed(address, driver, from_os_error(error, f"0x{address:02X}"))


def _failed(address: int, driver: str | None, error: DeviceError) -> Found:
    if isinstance(error, BusError):
        raise error
    if error.errno == errno.ETIMEDOUT:
        return Found(address, "bus_timeout", driver, None, f"the bus timed out at 0x{address:02X}, and the scan ended: a line is held low")
    state: State = "kernel_owned" if error.errno == errno.EBUSY else "error"
    return Found(address, state, driver, None, error.message)


def _identified(bus: Bus, address: int, driver: str) -> Found:
    rule = _IDENTITY.get(driver)
    if rule is None:
        return Found(address, "configured", driver, None, "acknowledges; this kind of chip cannot be identified")
    model, look = rule
    chip, evidence = look(bus, address)
    if chip == model:
        return Found(address, "identified", driver, chip, f"{chip} ({evidence})")
    return Found(address, "wrong_chip", driver, chip, f"config.py says {driver}, found {chip or 'an unknown chip'} ({evidence})")


def _by_configuration(bus: Bus, address: int) -> tuple[str | None, str]:
    """TMP102 and ADS1115 share their addresses and keep a configuration of 16 bits in register 1.

    TMP102: resolution bits 11, low nibble 0 (SBOS397; Linux' tmp102.c asks the same). ADS1115: comparator off and its other bits
    as at power-up (SBAS444: 0x8583).
    """
    word = int.from_bytes(bus.transfer(address, b"\x01", 2), "big")
    evidence = f"configuration register 0x{word:04X}"
    if word & 0x600F == 0x6000:  # noqa: PLR2004 - said above
        return "TMP102", evidence
    return ("ADS1115" if word & 0x001F == 0x0003 else None), evidence  # noqa: PLR2004 - said above


def _by_ids(bus: Bus, address: int) -> tuple[str | None, str]:
    """EMC2101: maker 0x5D (SMSC) in register 0xFE, part 0x16 or, for the EMC2101-R, 0x28 in 0xFD (data sheet, register map)."""
    part, maker = (bus.transfer(address, bytes((register,)), 1)[0] for register in (0xFD, 0xFE))
    return ("EMC2101" if maker == 0x5D and part in {0x16, 0x28} else None), f"part 0x{part:02X}, maker 0x{maker:02X}"  # noqa: PLR2004


_IDENTITY: Final[Mapping[str, tuple[str, Callable[[Bus, int], tuple[str | None, str]]]]] = MappingProxyType(
    {
        "TMP102": ("TMP102", _by_configuration),
        "PT-100": ("ADS1115", _by_configuration),
        "EMC2101": ("EMC2101", _by_ids),
    }
)
"""Driver -> the chip it needs, and how that one is asked. An AHT10 says nothing that another chip could not say."""
