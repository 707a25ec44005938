"""`systemctl reload`: `config.py` is read and checked again, and only a good one reaches the supervisor. Main thread."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import structlog

from actors import events
from actors.errors import PilotageError
from actors.messages import Reload, Tell
from actors.specs import Bench
from supervisor.configuration import check_whole
from supervisor.progress import Progress
from supervisor.rewiring import held

log = structlog.get_logger()


class Reloader:
    """Carries a reload from the signal to READY. `look` is called in each round of the main thread.

    `tell` reaches the supervisor; `claim` locks what another bench needs of the hardware, or raises PilotageError; `begun` and `done`
    tell the service manager.
    """

    def __init__(
        self,
        bench: Bench,
        tell: Tell,
        progress: Progress,
        claim: Callable[[Bench], None],
        begun: Callable[[], object],
        done: Callable[[], object],
    ) -> None:
        self.bench = bench
        """The last one that was good."""
        self._tell = tell
        self._progress = progress
        self._claim = claim
        self._begun = begun
        self._done = done
        self._under_way = False

    def look(self, signals: HangUp) -> None:
        """Begin a reload that was asked for, or finish one that the supervisor has carried out."""
        if self._under_way and self._progress.reloaded.is_set():
            self._under_way = False
            self._done()
        if not self._under_way and signals.taken():
            self._begin()

    def _begin(self) -> None:
        self._begun()
        bench = self._checked()
        if bench is None:
            self._done()
            return
        self.bench = held(self.bench, bench)
        self._under_way = True
        self._progress.reloaded.clear()
        self._tell(Reload(bench))

    def refuse(self, reason: str) -> None:
        """Go on with the former bench, for what was read raised something that nobody may catch."""
        log.error(events.CONFIG_REFUSED, reason=f"{self.bench.source}: {reason}")
        self._done()

    def _checked(self) -> Bench | None:
        """Return the bench of the file, if there is nothing wrong with it; what is wrong is recorded, one record each."""
        bench, problems, _warnings = check_whole(Path(self.bench.source))
        reasons = [str(problem) for problem in problems]
        if bench is not None:
            try:
                self._claim(held(self.bench, bench))
            except PilotageError as error:
                bench, reasons = None, [error.message]
        for reason in reasons:
            log.error(events.CONFIG_REFUSED, reason=reason)
        return bench


class HangUp:
    """SIGHUP, where there is one: a wish to reload; but the end, if the terminal that the daemon was started from has gone.

    A daemon that was told to ignore it (nohup) goes on ignoring it.
    """

    def __init__(self, wake: Callable[[], None], end: Callable[[int, FrameType | None], None]) -> None:
        self._wake = wake
        self._end = end
        self._wanted = False
        self._had_terminal = _has_terminal()
        number = getattr(signal, "SIGHUP", None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, self._on_signal)

    def taken(self) -> bool:
        """Return whether a reload was asked for since this was last asked."""
        wanted, self._wanted = self._wanted, False
        return wanted

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._had_terminal and not _has_terminal():
            self._end(number, frame)
            return
        self._wanted = True
        self._wake()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True
