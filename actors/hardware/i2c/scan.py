"""Who is on the bus: asks as i2cdetect does, identifies what it may, and never writes a data byte."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from actors.drivers.base import Bus
from actors.errors import BusError, DeviceError, from_os_error
from actors.hardware.i2c.identify import identify
from actors.hardware.i2c.recognise import recognise

State = Literal[
    "identified", "wrong_chip", "configured", "broken", "sometimes", "unknown", "kernel_owned", "absent", "error", "bus_timeout"
]

FULL_RANGE: Final = range(0x08, 0x78)
"""Every 7-bit address that is not reserved (UM10204, table 4)."""
ASKED: Final = 5
"""How often a configured address is asked: on a bad cable one answer proves little."""


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
        asked = 1 if driver is None else ASKED
        answered = sum(bus.probe(address) for _ in range(asked))
        if not answered:
            return Found(address, "absent", driver, None, "no acknowledge")
        if driver is None:
            return _unconfigured(bus, address)
        if answered < asked:
            text = f"answers sometimes, {answered} of {asked} times: a bad contact, or the cable is too long"
            return Found(address, "sometimes", driver, None, text)
        found = identify(bus, address, driver)
        return Found(address, found.state, driver, found.chip, found.message)
    except BusError:
        raise
    except DeviceError as error:
        return _failed(address, driver, error)
    except OSError as error:
        return _failed(address, driver, from_os_error(error, f"0x{address:02X}"))


def _unconfigured(bus: ProbingBus, address: int) -> Found:
    """Say what an address that nobody has configured shows, or what could be there."""
    known = recognise(bus, address)
    if known.chip is not None:
        return Found(address, "identified", None, known.chip, f"{known.chip} ({known.evidence}), and is not configured")
    could = f"; it could be: {', '.join(known.candidates)}" if known.candidates else ""
    return Found(address, "unknown", None, None, f"acknowledges, and is not configured{could}")


def _failed(address: int, driver: str | None, error: DeviceError) -> Found:
    if isinstance(error, BusError):
        raise error
    if error.errno == errno.ETIMEDOUT:
        return Found(address, "bus_timeout", driver, None, f"the bus timed out at 0x{address:02X}, and the scan ended: a line is held low")
    state: State = "kernel_owned" if error.errno == errno.EBUSY else "error"
    return Found(address, state, driver, None, error.message)
