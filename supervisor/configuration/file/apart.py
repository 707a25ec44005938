"""Reading a `config.py` in a process of its own.

What only the checks need is never in the daemon's memory (pydantic and its models, a quarter of the whole), the daemon loads itself
meanwhile, and whatever the file does ends with that process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from actors.bench.devices import Bench
from supervisor.configuration.file import bounded
from supervisor.configuration.file.loader import Outcome, check, overdue, with_keys
from supervisor.configuration.problems import ConfigurationError, Problem
from supervisor.exits import EX_OK, leave

LOADED_WITHIN: Final = 50.0
"""Seconds for loading what reads the file, beside the time for the file itself: from a slow card on a small Pi it takes five."""
WAIT: Final = 0.25
"""Seconds between two looks at what else there is to do."""
_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[4:]; from supervisor.configuration.file.apart import answer; answer(*sys.argv[1:4])"
"""With the paths of this process, so that the file finds there what it would find here."""


def check_apart(path: Path, bus: int | None = None, meanwhile: Callable[[], object] = lambda: None) -> Outcome:
    """Return what `check_whole` returns; `meanwhile` is called some times a second while that takes.

    Raises OSError where no process can be had, and what `meanwhile` or a signal handler raises.
    """
    with Reading(path, bus) as reading:
        return reading.outcome(meanwhile)


class Reading:
    """A file that is being read, from now on; one that nobody waits for any more is ended. Main thread."""

    def __init__(self, path: Path, bus: int | None = None) -> None:
        self._path = path
        command = [sys.executable, "-P", "-c", _PROGRAM, str(path), str(bounded.READ_WITHIN), "" if bus is None else str(bus), *sys.path]
        # A session of its own: Ctrl-C is for the daemon, which ends this one.
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603 - this very Python

    def outcome(self, meanwhile: Callable[[], object] = lambda: None) -> Outcome:
        """Wait for it, and return what `check_whole` would return here; `meanwhile` is called as long as that takes."""
        within = bounded.READ_WITHIN + LOADED_WITHIN
        found = self._answer(time.monotonic() + within, meanwhile)
        if found is None:
            return _nothing(self._path, f"reading the file has not ended after {within:g} s")
        if not found:
            return _nothing(self._path, f"the process that reads the file has ended with code {self._process.returncode} and no answer")
        outside, checked = pickle.loads(found)  # noqa: S301 - written by `answer`
        if outside or "supervisor.configuration.outside" in sys.modules:
            try:
                _have_drivers(self._path)
            except bounded.OverdueError as error:
                return overdue(error, self._path, bounded.READ_WITHIN)
        outcome: Outcome = pickle.loads(checked)  # noqa: S301 - as above; the bench names classes of these drivers
        return with_keys(self._path, outcome)

    def _answer(self, end: float, meanwhile: Callable[[], object]) -> bytes | None:
        """Return what the process has written when it has ended, or None at `end` (monotonic)."""
        while True:
            try:
                return self._process.communicate(timeout=WAIT)[0]
            except subprocess.TimeoutExpired:
                if time.monotonic() >= end:
                    return None
                meanwhile()

    def bench(self) -> Bench:
        """Wait for it, and return the bench; raises ConfigurationError."""
        bench, problems, _warnings = self.outcome()
        if bench is None:
            raise ConfigurationError(problems)
        return bench

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.__exit__(None, None, None)


def answer(path: str, within: str, bus: str) -> None:
    """Check the file, which may take `within` seconds, and write the outcome to stdout. Main thread of the process that is for this.

    `bus` is the number of the bench's own bus in the place of `I2C_BUS_ID`, if it is not empty.
    Does not return: the process ends, whatever the file has left behind.
    """
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the file prints
    outcome = check(Path(path), float(within), int(bus) if bus else None)
    from supervisor.configuration.outside import ORIGINS

    pickle.dump((bool(ORIGINS), pickle.dumps(outcome)), sink)
    sink.close()
    leave(EX_OK)


def _have_drivers(path: Path) -> None:
    """Take over drivers from outside in this process too: their sensors run here. What is wrong with them is in the outcome."""
    from supervisor.configuration.outside import take_over

    bounded.bounded(partial(take_over, path), path, bounded.READ_WITHIN)


def _nothing(path: Path, reason: str) -> Outcome:
    return None, (Problem(str(path), "", "", reason, ""),), ()
