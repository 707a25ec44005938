"""libgpiod 2 on a folder: a chip is a file that holds its label, a line a file that holds its level and outlives its process.

Beside the chip: `edges` (one line per change: monotonic time, pin, level), `PIN.lock` (held while the line is requested), and
`PIN.fault`, which breaks the pin: `{"errno": 5}` fails every access, `{"stuck": 1}` holds the level.
"""

import errno
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import line

__all__ = ["Chip", "LineSettings", "line", "request_lines"]


@dataclass
class LineSettings:
    direction: line.Direction = line.Direction.INPUT
    output_value: line.Value = line.Value.INACTIVE


@dataclass(frozen=True)
class ChipInfo:
    label: str


@dataclass(frozen=True)
class LineInfo:
    consumer: str


class Chip:
    def __init__(self, path: str) -> None:
        label = Path(path).read_text()
        if label == "barred":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        if label == "none":
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY), path)
        self._path = Path(path)
        self._label = label

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def get_info(self) -> ChipInfo:
        return ChipInfo(self._label)

    def get_line_info(self, offset: int) -> LineInfo:
        return LineInfo((self._path.parent / f"{offset}.lock").read_text())


class LineRequest:
    def __init__(self, folder: Path, offset: int, value: line.Value, consumer: str) -> None:
        self._level = folder / str(offset)
        self._fault = folder / f"{offset}.fault"
        self._edges = os.open(folder / "edges", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._lock = os.open(folder / f"{offset}.lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._lock, 0)
            os.write(self._lock, consumer.encode())
            self.set_value(offset, value)
        except BaseException as error:
            self.release()
            if isinstance(error, BlockingIOError):
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from error
            raise

    def set_value(self, offset: int, value: line.Value) -> None:
        if self._broken().get("stuck") is None:
            self._level.write_text(str(value.value))
        os.write(self._edges, f"{time.monotonic()!r} {offset} {value.value}\n".encode())

    def get_value(self, offset: int) -> line.Value:
        stuck = self._broken().get("stuck")
        return line.Value(int(self._level.read_text()) if stuck is None else stuck)

    def release(self) -> None:
        os.close(self._lock)
        os.close(self._edges)

    def _broken(self) -> Any:
        if not self._fault.exists():
            return {}
        fault = json.loads(self._fault.read_text())
        if "errno" in fault:
            raise OSError(fault["errno"], os.strerror(fault["errno"]))
        return fault


def request_lines(path: str, config: dict[int, LineSettings], consumer: str) -> LineRequest:
    ((offset, settings),) = config.items()
    Chip(path)
    if offset > 53:
        raise ValueError("line offset of out range")
    return LineRequest(Path(path).parent, offset, settings.output_value, consumer)
