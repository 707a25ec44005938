"""The way to a bus: through its root adapter and, for a channel of a multiplexer, through that multiplexer and that channel."""

from __future__ import annotations

import errno
from typing import Protocol

from actors.errors import BusError, DeviceError
from actors.hardware.i2c.breaker import MUX_CODES, Breaker, Spot


class Gate(Protocol):
    """What a transfer passes, and is told of: a breaker, or all those of a way. A spot is where a chip is, in one word."""

    def admit(self) -> None:
        """Raise BusError at once while no transfer comes through, except for a prober's."""

    def refuse(self) -> None:
        """Raise BusError while no transfer comes through."""

    def succeeded(self, began: float | None = None) -> None:
        """Note a transfer that came back."""

    def failed(self, spot: Spot, error: OSError | DeviceError) -> None:
        """Note a transfer that failed."""

    def back(self, spot: Spot) -> None:
        """Note that a transfer has come back, whatever with."""


class Line:
    """`root`, and for a channel also `mux` and `channel`: what goes wrong is told to the one whose fault it is. Thread-safe."""

    def __init__(self, root: Breaker, mux: Breaker | None = None, channel: Breaker | None = None) -> None:
        self.root = root
        self.mux = mux
        self.channel = channel
        self.breakers = tuple(breaker for breaker in (root, mux, channel) if breaker is not None)

    @property
    def down(self) -> BusError | None:
        """Why no transfer comes through, or None. Any thread."""
        return next((breaker.fault for breaker in self.breakers if breaker.fault is not None), None)

    @property
    def obstacles(self) -> int:
        """How much of the way is down."""
        return sum(breaker.fault is not None for breaker in self.breakers)

    def admit(self) -> None:
        """Raise the fault of whatever is down on the way at once, except for a prober's transfer. The child's thread, before each."""
        for breaker in self.breakers:
            breaker.admit()

    def refuse(self) -> None:
        """Raise the fault of whatever is down on the way. Any thread."""
        for breaker in self.breakers:
            breaker.refuse()

    def let_through(self) -> None:
        """Let one prober pass whatever is down on the way. Supervisor thread."""
        for breaker in self.breakers:
            breaker.let_through()

    def succeeded(self, began: float | None = None) -> None:
        """Note a transfer that came back, if only with "no acknowledge": all on the way works. The child's thread."""
        for breaker in self.breakers:
            breaker.succeeded(began)

    def failed(self, spot: Spot, error: OSError | DeviceError) -> None:
        """Note a transfer that failed. The child's thread."""
        if isinstance(error, BusError):
            (self.mux if self.mux is not None and error.code in MUX_CODES else self.root).failed(spot, error)
            if error.code == "mux_absent":  # the root adapter said so, and works
                self.root.succeeded()
        elif error.errno == errno.ETIMEDOUT:
            self.stuck(spot)
        else:
            for breaker in self.breakers:
                breaker.failed(spot, error)

    def stuck(self, spot: Spot, began: float | None = None) -> None:
        """Note a transfer that timed out or does not come back. Where the whole bus is stuck, no channel is to blame. Any thread."""
        self.root.stuck(spot, began)
        if self.channel is not None and self.root.fault is None:
            self.channel.stuck(spot, began)

    def back(self, spot: Spot) -> None:
        """Note that a transfer has come back, whatever with. The child's thread."""
        for breaker in self.breakers:
            breaker.back(spot)
