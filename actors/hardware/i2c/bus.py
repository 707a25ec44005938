"""A Linux I2C bus through smbus2. Each sensor actor has an object, so a descriptor, of its own; the kernel serialises the transfers."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from actors.errors import BusError, DeviceError, PermanentError, from_os_error
from actors.hardware.machine import bus_node

if TYPE_CHECKING:
    from smbus2 import SMBus

T = TypeVar("T")

I2C_TIMEOUT: Final = 0x0702
"""Request number: time-out of the adapter in units of 10 ms (linux/i2c-dev.h)."""
I2C_SLAVE: Final = 0x0703
"""Request number: address of the descriptor; EBUSY where a kernel driver owns it (linux/i2c-dev.h)."""
FUNC_QUICK: Final = 0x0001_0000
FUNC_READ_BYTE: Final = 0x0002_0000
"""Capability bits of an adapter: I2C_FUNC_SMBUS_QUICK and I2C_FUNC_SMBUS_READ_BYTE (linux/i2c.h)."""
READ_PROBED: Final = frozenset({*range(0x30, 0x38), *range(0x50, 0x60)})
"""Where i2cdetect reads a byte, because a quick write can corrupt or write-protect the memories that live there."""
STALE_AFTER: Final = 3
"""Failures of the bus in a row after which the descriptor is closed, to be opened anew by the next transfer.

A descriptor whose adapter vanished answers EIO for ever, and until it is closed the kernel does not bring the adapter back.
"""

_EREMOTEIO: Final[int] = getattr(errno, "EREMOTEIO", 121)
NO_ACK: Final = frozenset({errno.ENXIO, _EREMOTEIO})
"""What adapters say of a chip that does not acknowledge."""
_GONE: Final = frozenset({errno.ENODEV, errno.ENOENT, errno.ENOTTY, errno.EBADF, errno.EACCES, errno.EPERM})
_STALE: Final = frozenset({errno.EIO, errno.ETIMEDOUT})


class LinuxBus:
    """`/dev/i2c-N`, opened by the first transfer. Used by one thread; made without touching anything.

    `timeout` in seconds becomes the time-out of the **adapter**: it holds for every user of the bus and outlives this process.
    The longest transfer of a known chip takes 0.8 ms at 100 kHz, the longest clock stretching that is allowed 35 ms.
    """

    def __init__(self, bus_id: int, timeout: float = 0.1, *, node: str | None = None, sysfs: Path = Path("/sys/bus/i2c/devices")) -> None:
        import smbus2  # noqa: F401 - here, because a first transfer that takes the time of an import looks like one that hangs

        self.bus_id = bus_id
        self.node = node or bus_node(bus_id)
        self.timeout = timeout
        self._sysfs = sysfs
        self._smbus: SMBus | None = None
        self._claimed: set[int] = set()
        self._failures = 0

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Write `data` unless it is None, then read `length` bytes, in one `I2C_RDWR` with a repeated start.

        Raises OSError with the kernel's errno for what the chip does, PermanentError `kernel_owned` for an address that a kernel
        driver holds, BusError (`no_adapter`, `no_permission`, `bus_closed`) for what the bus does.
        """
        from smbus2 import i2c_msg

        messages = [] if data is None else [i2c_msg.write(address, data)]
        if length:
            messages.append(i2c_msg.read(address, length))
        if not messages:
            raise ValueError("a transfer writes or reads")
        if address not in self._claimed:
            self.claim(address)
        self._guarded(lambda smbus: smbus.i2c_rdwr(*messages))
        return bytes(messages[-1]) if length else b""

    def claim(self, address: int) -> None:
        """Raise PermanentError `kernel_owned` where a kernel driver owns the chip: `I2C_RDWR` would disturb it without a word.

        The first transfer to an address after each opening does this by itself.
        """
        try:
            self._guarded(lambda smbus: _set_address(smbus, address))
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            owner = self.kernel_driver(address)
            text = f"0x{address:02X} belongs to the kernel driver {owner}; unbind it, or read it through hwmon/iio"
            raise PermanentError("kernel_owned", text, errno.EBUSY) from error
        self._claimed.add(address)

    def probe(self, address: int) -> bool:
        """Return whether a chip acknowledges, asked as i2cdetect asks: no data byte is ever written.

        Raises PermanentError `kernel_owned`, OSError EOPNOTSUPP where the adapter cannot ask, and what `transfer` raises.
        """
        self.claim(address)
        try:
            self._guarded(lambda smbus: _ask(smbus, address))
        except OSError as error:
            if error.errno in NO_ACK:
                return False
            raise
        return True

    def close(self) -> None:
        """Close the descriptor; a later transfer opens a new one. May be called again, in any thread."""
        smbus, self._smbus = self._smbus, None
        self._claimed.clear()
        self._failures = 0
        if smbus is not None:
            smbus.close()

    def kernel_driver(self, address: int) -> str:
        """Return the name of the kernel driver bound to `address`, or "(unknown)"."""
        try:
            return (self._sysfs / f"{self.bus_id}-{address:04x}" / "driver").readlink().name
        except OSError:
            return "(unknown)"

    def _guarded(self, act: Callable[[SMBus], T]) -> T:
        smbus = self._smbus or self._open()
        try:
            result = act(smbus)
        except TypeError as error:  # what smbus2 does with a descriptor that another thread closed
            self.close()
            raise from_os_error(OSError(errno.EBADF, "closed"), self.node) from error
        except OSError as error:
            self._note(error.errno)
            if error.errno in _GONE:
                self.close()
                raise from_os_error(error, self.node) from error
            if error.errno in _STALE and not Path(self.node).exists():
                self.close()
                raise from_os_error(OSError(errno.ENODEV, "gone"), self.node) from error
            raise
        self._failures = 0
        return result

    def _note(self, number: int | None) -> None:
        self._failures = self._failures + 1 if number in _STALE else 0
        if self._failures >= STALE_AFTER:
            self.close()

    def _open(self) -> SMBus:
        from smbus2 import SMBus

        smbus = SMBus()
        try:
            smbus.open(self.node)
        except OSError as error:
            smbus.close()  # smbus2 leaves the descriptor open when the node is no I2C adapter
            raise _cannot_open(error, self.node) from error
        set_timeout(smbus, self.timeout)
        self._smbus = smbus
        return smbus


def _cannot_open(error: OSError, node: str) -> DeviceError:
    translated = from_os_error(error, node)
    if isinstance(translated, BusError):
        return translated
    return BusError("no_adapter", f"{node} cannot be opened: {error.strerror}", error.errno)


def set_timeout(smbus: SMBus, timeout: float) -> None:
    """Set the adapter's time-out; one that refuses keeps its own, 1 s as a rule."""
    import fcntl

    if smbus.fd is not None:
        with suppress(OSError):
            fcntl.ioctl(smbus.fd, I2C_TIMEOUT, max(1, math.ceil(timeout * 100)))


def _set_address(smbus: SMBus, address: int) -> None:
    import fcntl

    if smbus.fd is not None:
        fcntl.ioctl(smbus.fd, I2C_SLAVE, address)


def _ask(smbus: SMBus, address: int) -> None:
    by_reading = address in READ_PROBED
    if not smbus.funcs & (FUNC_READ_BYTE if by_reading else FUNC_QUICK):
        raise OSError(errno.EOPNOTSUPP, "the adapter cannot ask for an acknowledge")
    if by_reading:
        smbus.read_byte(address)
    else:
        smbus.write_quick(address)
