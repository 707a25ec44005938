"""What keeps a folder of segments in bounds: the oldest go, a damaged one is set aside, and nothing is written where there is no room."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

MEGABYTE: Final = 1_000_000
_NUMBER: Final = re.compile(r"history-(\d+)\.db")
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a history may take, in megabytes, and how much room it leaves to everybody else: the smaller one of the two."""

    megabytes: float = 500
    free_megabytes: float = 200
    free_share: float = 0.1

    @property
    def segment(self) -> float:
        """Bytes at which a segment is closed: there are always a few, so that letting the oldest go takes little of the history."""
        return min(64, self.megabytes / 8) * MEGABYTE


def claim(folder: Path) -> IO[bytes]:
    """Return what keeps every other recorder out of a folder for as long as it is open; raises OSError where one is there already.

    SQLite before 3.51.3 may lose commits where two connections write.
    """
    file = (folder / "recorder.lock").open("ab")
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            raise OSError(error.errno, "another recorder writes there") from None
        raise
    return file


def number_of(path: Path) -> int:
    """Return the number of a segment, 0 for anything else."""
    found = _NUMBER.match(path.name)
    return 0 if found is None else int(found[1])


def next_path(folder: Path) -> Path:
    """Return where the next segment goes: behind all others, those that are set aside among them."""
    return folder / f"history-{max(map(number_of, folder.iterdir()), default=0) + 1:04}.db"


def size(path: Path) -> int:
    """Return the bytes that a segment takes, with what SQLite has beside it."""
    total = 0
    for each in (path, *(path.with_name(path.name + suffix) for suffix in _BESIDE)):
        with contextlib.suppress(OSError):
            total += each.stat().st_size
    return total


def total(folder: Path) -> int:
    """Return the bytes of all segments of a folder, also of those that are set aside."""
    return sum(size(path) for path in folder.glob("history-*.db*") if not path.name.endswith(_BESIDE))


def trim(folder: Path, active: Path, bounds: Bounds) -> None:
    """Delete the oldest segments, also those that are set aside, until all of them are within the bounds; raises OSError."""
    for path in sorted(folder.glob("history-*.db*"), key=number_of):
        if total(folder) <= bounds.megabytes * MEGABYTE:
            return
        if not path.name.startswith(active.name) and path.exists():
            delete(path)


def delete(path: Path) -> None:
    """Delete a segment and what is beside it; raises OSError."""
    for each in (path, *(path.with_name(path.name + suffix) for suffix in _BESIDE)):
        each.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Give a damaged segment another name, so that nobody reads or writes it; raises OSError."""
    aside = path.with_name(f"{path.name}.damaged")
    for suffix in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return path.rename(aside)


def no_room(folder: Path, bounds: Bounds, *, stopped: bool) -> str | None:
    """Return in words that there is too little room for others, None if there is enough; once stopped, a tenth more is wanted."""
    usage = shutil.disk_usage(folder)
    wanted = min(bounds.free_megabytes * MEGABYTE, bounds.free_share * usage.total) * (1.1 if stopped else 1.0)
    if usage.free >= wanted:
        return None
    return f"{usage.free / MEGABYTE:.0f} MB are free, and {wanted / MEGABYTE:.0f} MB are left to everybody else"
