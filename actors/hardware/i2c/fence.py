"""What a child has of the bus: it ends with the child's generation, also for a thread that wakes up late inside a transfer."""

from __future__ import annotations

from collections.abc import Callable

from actors.bench.buses import NOBODY, BusPath, spot
from actors.core.clock import Clock
from actors.drivers.base import Bus
from actors.errors import BusError, DeviceError, PermanentError
from actors.hardware.i2c.contact import Contact
from actors.hardware.i2c.line import Gate


class FencedBus:
    """One generation's view of a `Bus`, behind the circuit breaker of that bus.

    `inside` tells the supervisor what transfer is under way: the spot and since when (monotonic seconds); None between transfers.
    `contact` counts the transfers, and those that failed. `path` is where that bus is, None for the bench's own.
    A transfer with NOBODY, at the place `where`, asks no chip on that bus: it proves nothing of the bus, and may be made while it is down.
    """

    def __init__(
        self, bus: Bus, clock: Clock, breaker: Gate, contact: Contact | None = None, path: BusPath | None = None, where: str = ""
    ) -> None:
        self._bus = bus
        self._path = path
        self._spots: dict[int, str] = {NOBODY: where}
        self._clock = clock
        self._breaker = breaker
        self._contact = contact or Contact()
        self._revoked = False
        self.inside: tuple[str, float] | None = None

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Do one transfer, as `Bus.transfer`. Child's thread.

        Raises PermanentError (`revoked`) once it was revoked, and at once BusError while the bus is down.
        """
        self.check()
        if address == NOBODY:
            return self._beside(data, length)
        self._breaker.admit()
        began, where = self._clock.monotonic(), self._spots.get(address) or self._spot(address)
        self.inside = (where, began)
        try:
            answer = self._bus.transfer(address, data, length)
        except (OSError, DeviceError) as error:
            self.inside = None
            self._breaker.back(where)
            self.check()
            self._breaker.failed(where, error)
            self._breaker.refuse()
            self._contact.missed(error.errno)
            raise
        finally:
            self.inside = None
        self._contact.answered()
        self._breaker.succeeded(began)  # also after it was revoked: whoever made it, the bus has carried it out
        self.check()
        return answer

    def _beside(self, data: bytes | None, length: int) -> bytes:
        self.inside = (self._spots[NOBODY], self._clock.monotonic())
        try:
            answer = self._bus.transfer(NOBODY, data, length)
        finally:
            self.inside = None
            self.check()
        return answer

    def claim(self, address: int, claim: Callable[[int], None]) -> None:
        """Do `claim`, which asks the kernel and not the chip; the bus is told if the adapter is not there. Child's thread.

        It opens the bus, which may hang as a transfer may. Raises as `claim`, and PermanentError (`revoked`) once it was revoked.
        """
        self.check()
        where = self._spot(address)
        self.inside = (where, self._clock.monotonic())
        try:
            claim(address)
        except BusError as error:
            self.inside = None
            self.check()
            self._breaker.failed(where, error)
            raise
        finally:
            self.inside = None
            self._breaker.back(where)
        self.check()

    def revoke(self) -> None:
        """From now on no further transfer begins, and the result of one under way is thrown away. Any thread."""
        self._revoked = True

    def _spot(self, address: int) -> str:
        return self._spots.setdefault(address, spot(self._path, address))

    def check(self) -> None:
        """Raise PermanentError `revoked` once it was revoked: also for a driver that only waits. Any thread."""
        if self._revoked:
            raise PermanentError("revoked", "this generation has been replaced; it may not touch the bus any more")
