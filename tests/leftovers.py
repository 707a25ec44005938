"""What a test may leave behind: nothing. `Snapshot` is taken before a test and compared after it."""

import gc
import multiprocessing
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc/self")


@dataclass(frozen=True)
class Snapshot:
    """The threads, child processes and open descriptors of this process at one moment.

    Threads of the operating system (ZeroMQ's own among them), children and descriptors are known where there is a /proc;
    elsewhere only Python's threads and the children of `multiprocessing` are.
    """

    threads: frozenset[threading.Thread]
    tasks: frozenset[str]
    children: frozenset[str]
    descriptors: frozenset[tuple[str, str]]

    @classmethod
    def take(cls) -> "Snapshot":
        """Look at this process now."""
        return cls(frozenset(threading.enumerate()), _tasks(), _children(), _descriptors())

    def leftovers(self, patience: float = 2.0) -> list[str]:
        """Return what has come since and is still there after at most `patience` seconds, in words."""
        end = time.monotonic() + patience
        collected = False
        while found := self._new():
            if not collected:
                gc.collect()  # what hangs in a reference cycle is garbage, not a leak; ResourceWarning tells of sloppy closing
                collected = True
            elif time.monotonic() > end:
                break
            else:
                time.sleep(0.01)
        return found

    def _new(self) -> list[str]:
        now = Snapshot.take()
        threads = [f"thread {thread.name}" for thread in now.threads - self.threads if thread.is_alive()]
        tasks = [] if threads else [f"native thread {_text('task', task, 'comm')}" for task in sorted(now.tasks - self.tasks)]
        children = [f"child process {child}" for child in sorted(now.children - self.children)]
        descriptors = [f"descriptor {number} -> {target}" for number, target in sorted(now.descriptors - self.descriptors)]
        return threads + tasks + children + descriptors


def _text(*parts: str) -> str:
    try:
        return _PROC.joinpath(*parts).read_text().strip()
    except OSError:
        return ""


def _tasks() -> frozenset[str]:
    return frozenset(_entries("task"))


def _children() -> frozenset[str]:
    ours = {str(child.pid) for child in multiprocessing.active_children()}
    return frozenset(ours.union(*(_text("task", task, "children").split() for task in _tasks())))


def _descriptors() -> frozenset[tuple[str, str]]:
    found = []
    for number in _entries("fd"):
        with suppress(OSError):  # the descriptor that listed the folder
            found.append((number, os.readlink(f"/proc/self/fd/{number}")))  # noqa: PTH115 - a Path costs ten times as much, twice a test
    return frozenset(found)


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(f"/proc/self/{folder}")  # noqa: PTH208 - the same
    except FileNotFoundError:
        return []
