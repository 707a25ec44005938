"""What an AHT chip sends: a status byte, 20 bits of humidity, 20 bits of temperature and, from some, a checksum."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import Bus
from actors.drivers.registers import confirmed
from actors.errors import TransientError

BUSY: Final = 0x80
CALIBRATED: Final = 0x08
"""Status bits (AHT10 Technical Manual, table 10)."""
RATED: Final = (-40.0, 85.0)
"""°C (AHT10 Technical Manual). Codes of all zeros or all ones, "nothing measured", are -50 and 150 °C."""
CHECKED_LENGTH: Final = 7
"""Bytes of a frame that ends in a checksum."""


def plain_read(bus: Bus, address: int, length: int) -> bytes:
    """Read `length` bytes without writing first, which does not use them up; raises as `confirmed` does."""
    data = confirmed(bus, address, None, length)
    if data.count(0xFF) == length:
        raise TransientError("bad_frame", f"0x{address:02X} sent nothing but ones: the data line floats (bad contact?)")
    return data


def decode(frame: bytes, chip: str) -> dict[str, float]:
    """Return `hum` in %RH and `temp` in °C (AHT10 Technical Manual, 6).

    Raises TransientError `not_calibrated`, `wrong_chip` for one byte repeated, `checksum` (frames of 7 bytes), or `bad_frame` for a
    temperature no AHT can have.
    """
    if not frame[0] & CALIBRATED:
        raise TransientError("not_calibrated", f"the {chip} does not keep its calibration (status 0x{frame[0]:02X}): is its supply weak?")
    if len(set(frame)) == 1:
        raise TransientError(
            "wrong_chip", f"config.py says {chip}, found a chip that sends 0x{frame[0]:02X} again and again: a port expander?"
        )
    if len(frame) == CHECKED_LENGTH and crc8(frame):
        raise TransientError("checksum", f"the checksum of the {chip} is wrong: the frame was damaged on its way")
    humidity = (int.from_bytes(frame[1:4], "big") >> 4) / 2**20 * 100
    temperature = (int.from_bytes(frame[3:6], "big") & 0xFFFFF) / 2**20 * 200 - 50
    if not RATED[0] <= temperature <= RATED[1]:
        raise TransientError("bad_frame", f"the {chip} says {temperature:.1f} °C, which it cannot measure: it has measured nothing")
    return {"hum": humidity, "temp": temperature}


def crc8(data: bytes) -> int:
    """Return the CRC-8 of an AHT20, polynomial 0x31, start 0xFF (DHT20, 7.4); 0 over data that ends in its own checksum."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x31 if crc & 0x80 else 0)) & 0xFF
    return crc
