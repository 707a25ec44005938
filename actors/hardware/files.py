"""The kernel's sensors as files: a bus whose transfers read one, so that it can be fenced as any other."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

FRESH: Final = "w1_slave"
"""A file of which each opening is a measurement: it is closed again at once."""


class FileBus:
    """Files below `root`. Used by one thread; a descriptor of its own for each file, so that no other reader is in the way.

    `transfer(address, path, n)` returns up to `n` bytes of a file; with `n` 0 the paths that fit a pattern, one a line.
    The address is for the fence alone. Raises OSError as the kernel does; what has gone is opened anew by the next transfer.
    """

    def __init__(self, root: Path = Path("/sys")) -> None:
        self.root = root
        self._open: dict[str, int] = {}

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Read `length` bytes of the file `data`, or find what fits the pattern `data`."""
        del address
        path = (data or b"").decode()
        if not length:
            return "\n".join(sorted(str(each.relative_to(self.root)) for each in self.root.glob(path))).encode()
        if path.endswith(FRESH):
            return (self.root / path).read_bytes()[:length]
        if path not in self._open:
            self._open[path] = os.open(self.root / path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(self._open[path], length, 0)
        except OSError:
            self._forget(path)
            raise

    def close(self) -> None:
        """Close every file; may be called again, in any thread."""
        for path in tuple(self._open):
            self._forget(path)

    def _forget(self, path: str) -> None:
        number = self._open.pop(path, None)
        if number is not None:
            with suppress(OSError):
                os.close(number)
