"""The guard rails around a library: our bus in the shape of `busio.I2C`, and a clock, both with a limit for each call.

A library may wait without end: every such loop does transfers or sleeps, and both of them raise when the call has had its time.
"""

from __future__ import annotations

from typing import Final

from actors.core.clock import Clock
from actors.drivers.base import Bus
from actors.errors import DeviceError, TransientError

SAME: Final = 20
"""Equal transfers in a row after which each costs a pause: a library that polls would hold the bus."""
PAUSE, SLICE = 0.001, 0.1
"""Seconds: that pause, and the longest sleep after which it is looked whether the sensor is still wanted."""


class Guard:
    """One sensor's bus and clock. Thread: the owner of the chip. `bus_error` is the last error of the bus in this call."""

    def __init__(self, bus: Bus, address: int, clock: Clock) -> None:
        self._bus, self.address, self._clock = bus, address, clock
        self._deadline, self._transfers = 0.0, 0
        self._last: object = None
        self._same = 0
        self.bus_error: OSError | None = None
        self.seen: set[int] = set()
        """The bytes that the chip has sent in this call, each once."""

    def begin(self, seconds: float, transfers: int) -> None:
        """Begin a call of the library, which may take so long and do so many transfers."""
        self._deadline, self._transfers = self._clock.monotonic() + seconds, transfers
        self.bus_error, self.seen = None, set()
        self._last, self._same = None, 0

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep, but not beyond the call's time. Raises DeviceError `library_stuck`, and what the fence raises for a sensor given up."""
        until = self._clock.monotonic() + max(0.0, seconds)
        if until > self._deadline:
            raise self._stuck(f"wants to sleep for {seconds:g} s more")
        while (left := until - self._clock.monotonic()) > 0:
            self._clock.sleep(min(SLICE, left))
            getattr(self._bus, "check", lambda: None)()

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Do one transfer of the library. Raises DeviceError `library_stuck` or `foreign_address`, OSError as the bus does."""
        if address != self.address:
            raise DeviceError("foreign_address", f"the library talks to 0x{address:02X}, and config.py says 0x{self.address:02X}")
        self._transfers -= 1
        if self._transfers < 0 or self._clock.monotonic() > self._deadline:
            raise self._stuck("talks to the chip without end")
        this = data, length
        self._same, self._last = (self._same + 1 if this == self._last else 0), this
        if self._same >= SAME:
            self._clock.sleep(PAUSE)
        try:
            answer = self._bus.transfer(address, data, length)
        except OSError as error:
            self.bus_error = error
            raise
        if len(answer) != length:
            raise TransientError("bad_frame", f"0x{address:02X} sent {len(answer)} bytes where {length} were asked for")
        self.seen.update(answer)
        return answer

    def _stuck(self, what: str) -> DeviceError:
        return TransientError("library_stuck", f"the library of 0x{self.address:02X} {what}: the chip does not do what it waits for")
