"""What is at an address, one look further than its acknowledge; only reads, and the pointers that lead to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.drivers.air.aht.frame import crc8
from actors.drivers.base import Bus
from actors.hardware.i2c.recognise import shown

State = Literal["identified", "wrong_chip", "configured", "broken"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a chip has shown itself to be (None: nothing known), in a state and a sentence; `broken` is a part of it."""

    state: State
    chip: str | None
    message: str


Look = Callable[[Bus, int], tuple[str | None, str]]
CALIBRATED, FRAME = 0x08, 7
"""Status bit of an AHT chip, and the bytes of a frame that ends in a checksum (DHT20 data sheet, 7.4)."""
THRESHOLDS: Final = b"\x80\x00\x7f\xff"
"""Registers 2 and 3 of an ADS1115 after power-up (SBAS444, 8.1)."""
POWER_UP: Final = 0x8583
DIODE: Final = MappingProxyType({b"\x7f\x00": "not connected, or its wire is broken", b"\x7f\xe0": "shorted"})
"""Registers 0x01 and 0x10 of an EMC2101 whose diode is broken."""


def identify(bus: Bus, address: int, driver: str) -> Identity:
    """Return what answers at `address`, where config.py says `driver`; raises as the bus does."""
    if driver in {"AHT10", "AHT20"}:
        return _aht(bus, address, driver)
    rule = _RULES.get(driver)
    if rule is None:
        return _by_registers(bus, address, driver)
    model, look = rule
    chip, evidence = look(bus, address)
    if chip == "EMC2101" and (diode := bus.transfer(address, b"\x01", 1) + bus.transfer(address, b"\x10", 1)) in DIODE:
        return Identity("broken", chip, f"{chip} ({evidence}); its external diode is {DIODE[diode]}")
    if chip == model:
        return Identity("identified", chip, f"{chip} ({evidence})")
    return Identity("wrong_chip", chip, f"config.py says {driver}, found {chip or 'an unknown chip'} ({evidence})")


def _by_registers(bus: Bus, address: int, driver: str) -> Identity:
    """Ask the registers by which the driver's chip shows itself, if it has any."""
    kind = SENSOR_DRIVER_REGISTRY.get(driver)
    if kind is None or not kind.ids:
        return Identity("configured", None, "acknowledges; this kind of chip cannot be identified")
    evidence = shown(bus, address, kind.ids)
    if evidence:
        return Identity("identified", kind.chip, f"{kind.chip} ({evidence})")
    return Identity("wrong_chip", None, f"config.py says {driver}, found another chip")


def _aht(bus: Bus, address: int, driver: str) -> Identity:
    """Tell an AHT20 from an AHT10 by the checksum that only the former sends, as long as it has measured anything."""
    frame = bus.transfer(address, None, FRAME)
    measured = len(set(frame)) > 1 and bool(frame[0] & CALIBRATED) and any(frame[1:6])
    if measured and crc8(frame) == 0:
        if driver == "AHT20":
            return Identity("identified", "AHT20", "AHT20 (its checksum is right)")
        advice = "with 'driver': 'AHT20' a damaged reading is noticed"
        return Identity("configured", "AHT20", f"acknowledges; its checksum is right, so it is an AHT20: {advice}")
    if measured and driver == "AHT20" and frame[0] < 0x80:  # noqa: PLR2004 - bit 7: it measures now, and its frame is torn
        return Identity(
            "wrong_chip", None, "config.py says AHT20, found one without a right checksum: an AHT10? then write 'driver': 'AHT10'"
        )
    return Identity("configured", None, "acknowledges; this kind of chip cannot be identified")


def _by_configuration(bus: Bus, address: int) -> tuple[str | None, str]:
    """TMP102 and ADS1115 share their addresses and keep a configuration of 16 bits in register 1.

    TMP102: resolution bits 11, low nibble 0 (SBOS397; Linux' tmp102.c asks the same). ADS1115: comparator off and its other bits
    as at power-up (SBAS444: 0x8583), or else the thresholds of the power-up.
    """
    word = int.from_bytes(bus.transfer(address, b"\x01", 2), "big")
    evidence = f"configuration register 0x{word:04X}"
    if word & 0x600F == 0x6000:  # noqa: PLR2004 - said above
        return "TMP102", evidence
    if word & 0x001F == 0x0003:  # noqa: PLR2004 - said above
        ours = word & 0x4F1F == 0x4303  # noqa: PLR2004 - one input against ground, gain 1, single-shot: as the PT-100's driver leaves it
        return "ADS1115", evidence if ours or word | 0x8000 == POWER_UP else f"{evidence}: another program has set it"
    if word not in {0x0000, 0xFFFF} and bus.transfer(address, b"\x02", 2) + bus.transfer(address, b"\x03", 2) == THRESHOLDS:
        return "ADS1115", f"{evidence}: another program has switched its comparator on"
    return None, evidence


def _by_ids(bus: Bus, address: int) -> tuple[str | None, str]:
    """EMC2101: maker 0x5D (SMSC) in register 0xFE, part 0x16 or, for the EMC2101-R, 0x28 in 0xFD (data sheet, register map)."""
    part, maker = (bus.transfer(address, bytes((register,)), 1)[0] for register in (0xFD, 0xFE))
    return ("EMC2101" if maker == 0x5D and part in {0x16, 0x28} else None), f"part 0x{part:02X}, maker 0x{maker:02X}"  # noqa: PLR2004


_RULES: Final[Mapping[str, tuple[str, Look]]] = MappingProxyType(
    {
        "TMP102": ("TMP102", _by_configuration),
        "PT-100": ("ADS1115", _by_configuration),
        "EMC2101": ("EMC2101", _by_ids),
    }
)
"""Driver -> the chip it needs, and how that one is asked."""
