"""A sensor that is files of the kernel: its bus hands out what they hold, and every error is said in words."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Any, Final

from actors.drivers.base import SensorDriver
from actors.errors import PermanentError, TransientError

LONGEST: Final = 256
"""Bytes of the longest file read here: a `w1_slave` has 74."""
I2C_DEVICE: Final = re.compile(r"i2c:(\d{1,3})-(00[0-7][0-9a-f])")
_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    errno.ENOENT: ("no_device", "is not there: unplugged, or no driver of the kernel has it; it is looked for again"),
    errno.ENODEV: ("no_device", "has gone; it is looked for again"),
    errno.EIO: ("bus_io", "could not be read: a bad contact, a wrong checksum, or a fault that its driver does not name"),
    errno.EAGAIN: ("not_converted", "has measured nothing yet"),
    errno.EINVAL: ("probe_fault", "says that its probe is broken or shorted"),
    getattr(errno, "ENODATA", 61): ("not_converted", "has no such quantity now"),
}


class FileSensor(SensorDriver):
    """`bus.transfer(0, b"path below /sys", n)` reads a file, with n = 0 what fits a pattern. Raises as `_WORDS` says."""

    on_i2c = False
    medium = "files"

    @classmethod
    def i2c_of(cls, options: Any) -> tuple[int, int] | None:
        """Return the adapter and the address that the kernel reads it at, where its entry says so: they share its fate."""
        found = I2C_DEVICE.fullmatch(getattr(options, "device", ""))
        return (int(found[1]), int(found[2], 16)) if found else None

    def read(self, path: str) -> str:
        """Return what a file holds. Raises TransientError or PermanentError; OSError for what a bus says, a time-out above all."""
        try:
            text = self._transfer(path, LONGEST).decode("utf-8", "replace").strip()
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EPERM}:
                raise PermanentError("no_permission", f"{self.place(self.options)}: no right to read {path}", error.errno) from error
            code, words = _WORDS.get(error.errno or 0, ("", ""))
            if not code:
                raise
            raise TransientError(code, f"{self.place(self.options)} {words}", error.errno) from error
        if not text:
            raise TransientError("not_converted", f"{self.place(self.options)} gave nothing: its driver could not read it")
        return text

    def found(self, pattern: str) -> list[str]:
        """Return the paths that fit a pattern, sorted."""
        return [path for path in self._transfer(pattern, 0).decode().split("\n") if path]

    def _transfer(self, path: str, length: int) -> bytes:
        below = self.i2c_of(self.options)
        return self.bus.transfer(below[1] if below else 0, path.encode(), length)
