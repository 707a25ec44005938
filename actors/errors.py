"""One small tree of errors; each carries a stable `code` used on the wire, in the log and in the docs."""

from __future__ import annotations

import errno as _errno
from dataclasses import dataclass
from typing import Final

OVER, UNDER = "over_range", "under_range"
"""Codes of a quantity beyond the upper, the lower end of what its chip can tell: a true measurement without a number."""
OUTGROWN: Final = "outgrown"
"""Code of the end of a gateway whose process has grown too much: the next one begins at once."""
ON_PURPOSE: Final = frozenset({"no_tachometer", "no_diode"})
"""Codes of a channel that is not there because `config.py` says so: nothing is broken."""


class PilotageError(Exception):
    """The base: a sentence for a person and a stable snake_case code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class DeviceError(PilotageError):
    """A device, or the bus below it, failed; `errno` is the kernel's number where there was one."""

    def __init__(self, code: str, message: str, errno: int | None = None) -> None:
        super().__init__(code, message)
        self.errno = errno


class TransientError(DeviceError):
    """Worth another try: no acknowledge, a garbled frame, a chip still busy."""


class PermanentError(DeviceError):
    """Another try at once will not help: wrong chip, missing library, no right to the bus."""


class BusError(DeviceError):
    """The bus, not one chip: the adapter is gone, closed or held by a line that is stuck."""


class RefusedError(PilotageError):
    """The client asked for something that cannot be done; nothing is wrong with the bench."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no value: what an error looks like once it has become data."""

    code: str
    message: str
    errno: int | None = None

    @classmethod
    def of(cls, error: PilotageError) -> Fault:
        """Return `error` as data, without its traceback."""
        return cls(error.code, error.message, getattr(error, "errno", None))

    @property
    def side(self) -> int:
        """1 for a quantity above all that its chip can tell, -1 for one below all, 0 where nothing is known of it."""
        return (self.code == OVER) - (self.code == UNDER)


# Kernel meaning of each number: Documentation/i2c/fault-codes.rst; which adapter says what: i2c-bcm2835.c, i2c-designware.
_NO_ACK = "no acknowledge at {where}: not powered, not plugged in, or wrong address"
_OS_ERRORS: dict[int, tuple[type[DeviceError], str, str]] = {
    _errno.ENXIO: (TransientError, "no_ack", _NO_ACK),
    getattr(_errno, "EREMOTEIO", 121): (TransientError, "no_ack", _NO_ACK),
    _errno.EIO: (
        TransientError,
        "bus_io",
        "the transfer with {where} failed half way (bad contact, or the chip stretches the clock too long)",
    ),
    _errno.ETIMEDOUT: (
        TransientError,
        "bus_timeout",
        "{where} did not finish its transfer in time: it, or something beside it, holds a bus line",
    ),
    _errno.EAGAIN: (TransientError, "arbitration_lost", "another master took the bus while talking to {where}"),
    _errno.EBADMSG: (TransientError, "checksum", "the checksum of {where} is wrong"),
    _errno.EBUSY: (PermanentError, "kernel_owned", "{where} belongs to a kernel driver; unbind it, or read it through hwmon/iio"),
    _errno.EOPNOTSUPP: (PermanentError, "unsupported_transfer", "the I2C adapter refuses the kind of transfer that {where} needs"),
    _errno.EINVAL: (PermanentError, "unsupported_transfer", "the I2C adapter refuses the kind of transfer that {where} needs"),
    _errno.ENOENT: (BusError, "no_adapter", "the I2C bus of {where} does not exist (is I2C enabled?)"),
    _errno.ENODEV: (BusError, "no_adapter", "the I2C adapter of {where} has gone"),
    _errno.EBADF: (BusError, "bus_closed", "the I2C bus of {where} is closed"),
    _errno.ENOTTY: (BusError, "no_adapter", "the bus node of {where} is no I2C adapter"),
    _errno.EACCES: (BusError, "no_permission", "no permission to open the I2C bus of {where} (is the user in group i2c?)"),
    _errno.EPERM: (BusError, "no_permission", "no permission to use the I2C bus of {where}"),
}


def from_os_error(error: OSError, where: str) -> DeviceError:
    """Turn a kernel error into ours; `where` names the device, e.g. ``0x49``."""
    kind, code, text = _OS_ERRORS.get(error.errno or 0, (TransientError, "bus_io", "the transfer with {where} failed"))
    return kind(code, text.format(where=where), error.errno)
