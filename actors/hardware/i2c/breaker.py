"""The circuit breaker of a bus: tells a chip that hangs from a bus that is stuck, and lets one prober try while it is down.

There is one for each root adapter, below it one for each multiplexer, and below that one for each channel (`actors.hardware.i2c.line`).

A time-out belongs to its chip. The bus is down only when a second address also times out or hangs with no success in between,
or when the adapter itself has gone. While it is down every transfer fails at once, except the prober's.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Iterator
from typing import Final

from actors.core.clock import Clock
from actors.errors import BusError, DeviceError

FIRST_PROBE: Final = 0.5
LAST_PROBE: Final = 5.0
"""Seconds between probes of a bus that is down: the first, doubling up to the last."""
AGAIN: Final = 30.0
"""Seconds within which a chip that held the bus a second time, if only to answer late, does so as a habit."""
STUCK_TEXT: Final = "{bus} is stuck: two chips in a row did not finish a transfer, {suspects} (a line is held low, or the supply is gone)"
MUX_CODES: Final = frozenset({"no_mux", "mux_absent"})
"""The codes of faults that are a multiplexer's, and with it those of all its channels."""
BUS_CODES: Final = frozenset({"bus_stuck", "no_adapter", "no_permission", "bus_closed"}) | MUX_CODES
"""The codes of faults that are the bus's; a child lost to one of them comes back with the bus."""
MAX_NEWS: Final = 64
"""Changes kept for whoever reads them; a bus cannot change faster than its supervisor looks for long."""
_ACKNOWLEDGED_NOT: Final = frozenset({errno.ENXIO, getattr(errno, "EREMOTEIO", 121)})


Spot = str | int


def _shown(spot: Spot) -> str:
    return f"0x{spot:02X}" if isinstance(spot, int) else spot


class Breaker:
    """Shared by every child on one bus. Thread-safe; its lock is never held across a transfer. A spot is where a chip is, in one word."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._suspects: dict[Spot, None] = {}
        self._hung: dict[Spot, float] = {}
        self._returned: dict[Spot, float] = {}
        self._hung_first: tuple[Spot | None, float] = None, 0.0
        self._proof = 0.0
        self._fault: BusError | None = None
        self._since = clock.monotonic()
        self._interval = FIRST_PROBE
        self._next_probe = 0.0
        self._half_open = False
        self._news: deque[BusError | None] = deque(maxlen=MAX_NEWS)

    @property
    def fault(self) -> BusError | None:
        """Why the bus is down, or None while it is up. Any thread."""
        return self._fault

    @property
    def since(self) -> float:
        """Since when (monotonic) it is up or down."""
        return self._since

    @property
    def next_probe(self) -> float | None:
        """When the next prober may try (monotonic), or None while it is up."""
        return None if self._fault is None else self._next_probe

    def news(self) -> Iterator[BusError | None]:
        """Yield what has become of the bus since the last call, oldest first: why it went down, another cause, None for up. One thread."""
        while self._news:
            yield self._news.popleft()

    def admit(self) -> None:
        """Raise the bus's fault at once while it is down, except for the one transfer that probes it. The child's thread, before each."""
        if self._fault is None:
            return
        with self._lock:
            # Taken by the first who comes: were it left open until its outcome is known, everybody would wait on a stuck bus with him.
            probes, self._half_open = self._half_open, False
        if not probes:
            self.refuse()

    def refuse(self) -> None:
        """Raise the bus's fault while it is down, also for the prober: his failed transfer is not his chip's. Any thread."""
        fault = self._fault
        if fault is not None:
            raise BusError(fault.code, fault.message, fault.errno)

    def let_through(self) -> None:
        """Let one prober through if the bus is down: that of another bus, on the same way. Supervisor thread."""
        with self._lock:
            self._half_open = self._fault is not None

    def probe_due(self, now: float) -> bool:
        """Return whether the bus is down and it is time to let one prober try; if so, it may. Supervisor thread.

        Not while a transfer that hangs is under way: a prober would only wait behind it. After `LAST_PROBE` seconds he does.
        """
        with self._lock:
            if self._fault is None or now < self._next_probe or (now < self._since + LAST_PROBE and self._hung.keys() - self._returned):
                return False
            self._half_open = True
            self._interval = min(self._interval * 2, LAST_PROBE)
            self._next_probe = now + self._interval
            return True

    def succeeded(self, began: float | None = None) -> None:
        """Note a transfer that came back, if only with "no acknowledge": the bus works. `began`: when (monotonic). The child's thread."""
        if not self._suspects and self._fault is None:
            return
        with self._lock:
            self._suspects.clear()
            if self._fault is not None:
                self._proof = self._clock.monotonic() if began is None else began
                self._fault = None
                self._news.append(None)
                self._since = self._clock.monotonic()
                self._interval = FIRST_PROBE
            self._half_open = False

    def failed(self, spot: Spot, error: OSError | DeviceError) -> None:
        """Note a transfer that failed. The child's thread."""
        if isinstance(error, BusError):
            self._down(error)
        elif error.errno == errno.ETIMEDOUT:
            self.stuck(spot)
        elif error.errno in _ACKNOWLEDGED_NOT:
            self.succeeded()

    def stuck(self, spot: Spot, began: float | None = None) -> None:
        """Note a transfer at `spot` that timed out, or that began at `began` (monotonic) and does not come back. Any thread."""
        with self._lock:
            if self._fault is None and not self._suspects:
                self._hung.clear()
                self._returned.clear()
            self._suspects[spot] = None
            if began is not None:
                self._hung.setdefault(spot, began)
                self._returned.pop(spot, None)
            suspects = " and ".join(map(_shown, [*self._suspects][:2])) if len(self._suspects) > 1 else ""
        if suspects:
            self._down(BusError("bus_stuck", STUCK_TEXT.format(bus=self.name, suspects=suspects), errno.ETIMEDOUT))

    def back(self, spot: Spot) -> None:
        """Note that a transfer at `spot` has come back, whatever with. The child's thread."""
        with self._lock:
            self._returned[spot] = self._clock.monotonic()

    def culprit(self) -> Spot | None:
        """Return the spot whose transfer alone had held the bus that has come up: the first that did not come back.

        None where it came back with an answer, unless it had hung first last time too, less than `AGAIN` ago; and none where only a
        later transfer than those that waited behind it shows that the bus works. Asked once each time it comes up.
        """
        with self._lock:
            now = self._clock.monotonic()
            first = min(self._hung, key=self._hung.__getitem__, default=None)
            before, self._hung_first = self._hung_first, (first, now)
            if first is None:
                return None
            if self._proof <= self._hung[first]:
                return first if before[0] == first and now - before[1] < AGAIN else None
            waited = self._proof < self._returned[first] if first in self._returned else self._proof in self._hung.values()
            return first if waited else None

    def _down(self, error: BusError) -> None:
        with self._lock:
            if self._fault is None:
                self._half_open = False
                self._since = self._clock.monotonic()
                self._next_probe = self._since + FIRST_PROBE
                self._interval = FIRST_PROBE
            if self._fault is None or self._fault.code != error.code:
                self._news.append(error)
            self._fault = error
