"""A sensor that is files of the kernel: its bus hands out what they hold, and every error is said in words."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from actors.bench.buses import NOBODY
from actors.drivers.base import SensorDriver
from actors.errors import PermanentError, TransientError

LONGEST: Final = 256
"""Bytes of the longest file read here: a `w1_slave` has 74."""
_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    errno.ENOENT: ("no_device", "is not there: unplugged, or no driver of the kernel has it; it is looked for again"),
    errno.ENODEV: ("no_device", "has gone; it is looked for again"),
    errno.EIO: ("bus_io", "could not be read: a bad contact, a wrong checksum, or a fault that its driver does not name"),
    errno.EAGAIN: ("not_converted", "has measured nothing yet"),
    errno.EINVAL: ("probe_fault", "says that its probe is broken or shorted"),
    getattr(errno, "ENODATA", 61): ("not_converted", "has no such quantity now"),
}


class FileSensor(SensorDriver):
    """`bus.transfer(address, b"path below /sys", n)` reads a file, with n = 0 what fits a pattern. Raises as `_WORDS` says.

    `address` is the chip's that the kernel asks, whose bus hears of what comes of it; NOBODY for what the kernel knows by itself.
    """

    on_i2c = False
    medium = "files"

    def read(self, path: str, *, asks: bool = True) -> str:
        """Return what a file holds; `asks`: the kernel has to ask the chip for it.

        Raises TransientError or PermanentError; OSError for what a bus says, a time-out above all.
        """
        try:
            text = self._transfer(path, LONGEST, asks=asks).decode("utf-8", "replace").strip()
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
        return [path for path in self._transfer(pattern, 0, asks=False).decode().split("\n") if path]

    def _transfer(self, path: str, length: int, *, asks: bool) -> bytes:
        below = self.below(self.options) if asks else None
        return self.bus.transfer(below[1] if below else NOBODY, path.encode(), length)
