"""The nine bytes of a DS18B20 or one of its family, as `w1_slave` shows them, and what is wrong with them."""

from __future__ import annotations

import re
from typing import Final

from actors.drivers.base import Value
from actors.drivers.ends import within
from actors.drivers.registers import signed
from actors.errors import Fault, TransientError

FRAME: Final = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (YES|NO)")
RATED: Final = (-55.0, 125.0)
POWER_UP, NO_POWER, COUNT = 0x0550, 0x07FF, 0x0C
"""85 °C before any conversion; 127.94 °C of one without enough supply; byte 6 in both (DS18B20, memory map; genuine parts)."""
OLD, BRIDGE = 0x10, 0x3B
"""Families: DS18S20, whose bits are others; DS1825 and MAX31850, a thermocouple's."""
FAULTS: Final = {1: "is broken", 2: "touches ground", 4: "touches the supply"}
"""Bits of byte 2 of a MAX31850 (data sheet, table 2)."""


def decode(text: str, family: int, where: str) -> Value:
    """Return °C, or a Fault. Raises TransientError `checksum`, `bad_frame`, `not_converted`."""
    found = FRAME.match(text.replace("\n", " ") if text.endswith(("YES", "NO")) else text)
    if found is None:
        raise TransientError("bad_frame", f"{where} gave {text[:40]!r}, which is no frame")
    frame = bytes.fromhex(found[1])
    if found[2] != "YES" or crc8(frame):
        raise TransientError("checksum", f"{where} sent a wrong checksum: a bad contact, or nobody there")
    bridge = family == BRIDGE and frame[4] & 0xF0 == 0xF0  # noqa: PLR2004 - a MAX31850 (data sheet, configuration register)
    if not any(frame) or not (frame[4] & 0x1F == 0x1F or bridge or family in {OLD, BRIDGE}):  # noqa: PLR2004 - DS18B20, configuration
        raise TransientError("bad_frame", f"{where} sent {found[1].strip()}: the line is shorted, or this is another chip")
    word = frame[1] << 8 | frame[0]
    if (word in {POWER_UP, NO_POWER} or (family == OLD and word == 0x00AA)) and frame[6] == COUNT:  # noqa: PLR2004 - 85 °C
        raise TransientError("not_converted", f"{where} has not converted: its supply dipped, or is too weak for its cable")
    if bridge and frame[0] & 1:
        what = next((text for bit, text in FAULTS.items() if frame[2] & bit), "is broken")
        return Fault("probe_open" if what == "is broken" else "probe_short", f"the thermocouple of {where} {what}")
    if family == OLD:  # counted in halves, and the rest in byte 6 (DS18S20, operation)
        return within((signed(word) >> 1) - 0.25 + (frame[7] - frame[6]) / (frame[7] or 16), *RATED, where)
    return within(signed(word & ~0x03 if bridge else word) / 16, *((-270.0, 1768.0) if bridge else RATED), where)


def crc8(data: bytes) -> int:
    """Return the CRC-8 of 1-wire, polynomial 0x31 reflected, start 0; 0 over data that ends in its own checksum."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc
