"""Reading a chip that sends no checksum, over a line that may be disturbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from actors.drivers.base import Bus
from actors.errors import DeviceError, PermanentError, TransientError, from_os_error

READS: Final = 3
"""Two that agree, and one more for a value that changed between them."""
TRIES: Final = 4
"""Of one transfer, at once: with 20 % that fail on a bad cable, one in 600 fails for good. A measurement has up to twenty."""
PASSING: Final = frozenset({"no_ack", "bus_io", "arbitration_lost"})
"""Codes of a transfer that the next one may make good."""


def repeated(bus: Bus, address: int, data: bytes | None = None, length: int = 0) -> bytes:
    """Do one transfer, again where it fails in passing: only what may be done twice, as setting a register. Raises as the last one."""
    for _ in range(TRIES - 1):
        try:
            return bus.transfer(address, data, length)
        except OSError as error:
            if from_os_error(error, "").code not in PASSING:
                raise
    return bus.transfer(address, data, length)


def confirmed(bus: Bus, address: int, data: bytes | None, length: int) -> bytes:
    """Write `data` (None: nothing) and read `length` bytes, until two answers in a row are equal.

    A disturbed line garbles a transfer without any error, and half of all garbage is a plausible temperature.
    Only for reads that change nothing in the chip; each is `repeated`. Raises OSError as the bus does, TransientError `bad_frame`.
    """
    before = None
    for _ in range(READS):
        answer = repeated(bus, address, data, length)
        if len(answer) != length:
            raise TransientError("bad_frame", f"0x{address:02X} sent {len(answer)} bytes where {length} were asked for")
        if answer == before:
            return answer
        before = answer
    raise TransientError("bad_frame", f"0x{address:02X} answers something else each time: a bad contact, or a disturbed line")


def read_register(bus: Bus, address: int, register: int, length: int = 1) -> int:
    """Return a register of `length` bytes, most significant first, unsigned; raises as `confirmed` does."""
    return int.from_bytes(confirmed(bus, address, bytes((register,)), length), "big")


@contextmanager
def named(address: int) -> Iterator[None]:
    """Turn what the kernel says of a transfer into a DeviceError that names the chip."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, f"0x{address:02X}") from error


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


def signed(word: int, bits: int = 16) -> int:
    """Return a two's complement number of so many bits."""
    return word - (1 << bits) if word & 1 << (bits - 1) else word


def write_register(bus: Bus, address: int, register: int, word: int, length: int = 2) -> None:
    """Set a register of `length` bytes, most significant first; raises OSError as the bus does."""
    repeated(bus, address, bytes((register, *word.to_bytes(length, "big"))))


def require_ids(bus: Bus, address: int, chip: str, ids: Mapping[int, tuple[int, int, int]], error: type[DeviceError]) -> None:
    """Raise `error` with code `wrong_chip` unless every register of `ids` holds its value: register -> (bytes, mask, value).

    It only reads, so that whatever is there is left as it was.
    """
    found = {register: read_register(bus, address, register, length) for register, (length, _mask, _value) in ids.items()}
    if all(found[register] & mask == value for register, (_length, mask, value) in ids.items()):
        return
    empty = all(found[register] in {0, (1 << 8 * length) - 1} for register, (length, _mask, _value) in ids.items())
    shown = ", ".join(f"0x{word:0{2 * ids[register][0]}X} in register 0x{register:02X}" for register, word in found.items())
    what = "a bus that floats or is shorted" if empty else "another chip"
    raise error("wrong_chip", f"config.py says {chip}, found {what} at 0x{address:02X} ({shown})")
