"""A child's hold on the bus: it ends with the child's generation, also for a thread that wakes up late inside a transfer."""

from __future__ import annotations

from actors.clock import Clock
from actors.drivers.base import Bus
from actors.errors import PermanentError


class LeasedBus:
    """One generation's view of a `Bus`.

    `inside_since` (monotonic seconds) tells the supervisor since when a transfer has been under way; None between transfers.
    """

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._revoked = False
        self.inside_since: float | None = None

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Do one transfer, as `Bus.transfer`; raises PermanentError (`revoked`) once the lease has ended. Child's thread."""
        self._check()
        self.inside_since = self._clock.monotonic()
        try:
            return self._bus.transfer(address, data, length)
        finally:
            self.inside_since = None
            self._check()

    def revoke(self) -> None:
        """End the lease: no further transfer begins, and the result of one under way is thrown away. Any thread."""
        self._revoked = True

    def _check(self) -> None:
        if self._revoked:
            raise PermanentError("revoked", "this generation has been replaced; it may not touch the bus any more")
