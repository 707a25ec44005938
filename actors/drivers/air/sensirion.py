"""What Sensirion's chips send: words of 16 bits, each with a checksum of its own."""

from __future__ import annotations

from actors.drivers.air.aht.frame import crc8
from actors.drivers.base import Bus
from actors.errors import TransientError


def words(bus: Bus, address: int, count: int) -> list[int]:
    """Read `count` words, without a second look: a read uses them up, and each has a checksum.

    Raises OSError as the bus does, TransientError `checksum` or `bad_frame`.
    """
    data = bus.transfer(address, None, 3 * count)
    if len(data) != 3 * count:
        raise TransientError("bad_frame", f"0x{address:02X} sent {len(data)} bytes where {3 * count} were asked for")
    parts = [data[at : at + 3] for at in range(0, 3 * count, 3)]
    if any(crc8(part) for part in parts):  # polynomial 0x31, start 0xFF (SHT3x, 4.12; SHT4x, 4.4)
        what = "nothing but ones: the data line floats (bad contact?)" if set(data) == {0xFF} else "a wrong checksum"
        raise TransientError("checksum", f"0x{address:02X} sent {what}")
    return [int.from_bytes(part[:2], "big") for part in parts]
