"""What an AHT chip sends: a status byte, 20 bits of humidity, 20 bits of temperature and, from some, a checksum."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import Bus, Value
from actors.drivers.ends import within
from actors.drivers.registers import confirmed
from actors.errors import TransientError

BUSY: Final = 0x80
CALIBRATED: Final = 0x08
"""Status bits (AHT10 Technical Manual, table 10)."""
RATED, STEP = (-40.0, 85.0), 200 / 2**20
"""°C, and °C per count (AHT10 Technical Manual, 6)."""
NOTHING: Final = frozenset({0, 2**40 - 1})
"""Humidity and temperature together of a chip that has measured nothing, and of a line that floats from the second byte on."""
CHECKED_LENGTH: Final = 7
"""Bytes of a frame that ends in a checksum."""


def plain_read(bus: Bus, address: int, length: int) -> bytes:
    """Read `length` bytes without writing first, which does not use them up; raises as `confirmed` does."""
    data = confirmed(bus, address, None, length)
    if data.count(0xFF) == length:
        raise TransientError("bad_frame", f"0x{address:02X} sent nothing but ones: the data line floats (bad contact?)")
    return data


def decode(frame: bytes, chip: str) -> dict[str, Value]:
    """Return `hum` in %RH and `temp` in °C, or a Fault `over_range` or `under_range` as `temp` (AHT10 Technical Manual, 6).

    Raises TransientError `not_calibrated`, `wrong_chip` for one byte repeated, `checksum` (frames of 7 bytes), or `bad_frame` for
    nothing but zeros or ones behind the status.
    """
    if not frame[0] & CALIBRATED:
        raise TransientError("not_calibrated", f"the {chip} does not keep its calibration (status 0x{frame[0]:02X}): is its supply weak?")
    if len(set(frame)) == 1:
        raise TransientError(
            "wrong_chip", f"config.py says {chip}, found a chip that sends 0x{frame[0]:02X} again and again: a port expander?"
        )
    if len(frame) == CHECKED_LENGTH and crc8(frame):
        raise TransientError("checksum", f"the {chip} sends a wrong checksum, twice: an AHT10 has none; is it one? ('driver': 'AHT10')")
    if int.from_bytes(frame[1:6], "big") in NOTHING:
        raise TransientError("bad_frame", f"the {chip} sent nothing but 0x{frame[1]:02X} behind its status: it has measured nothing")
    humidity = (int.from_bytes(frame[1:4], "big") >> 4) / 2**20 * 100
    temperature = (int.from_bytes(frame[3:6], "big") & 0xFFFFF) * STEP - 50
    return {"hum": humidity, "temp": within(temperature, *RATED, chip, STEP)}


def crc8(data: bytes) -> int:
    """Return the CRC-8 of an AHT20, polynomial 0x31, start 0xFF (DHT20, 7.4); 0 over data that ends in its own checksum."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x31 if crc & 0x80 else 0)) & 0xFF
    return crc
