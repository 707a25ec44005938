"""`systemctl reload`: `config.py` is read and checked again, and only a good one reaches the supervisor. Main thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog

from actors.bench.devices import Bench, OutputSpec
from actors.core import events
from actors.errors import PilotageError
from actors.messages import Reload, Tell
from supervisor.configuration.file.apart import check_apart
from supervisor.daemon.signals import HangUp
from supervisor.tree.progress import Progress
from supervisor.tree.reconfigure import also, held

log = structlog.get_logger()


class Reloader:
    """Carries a reload from the signal to READY. `look` is called in each round of the main thread.

    `tell` reaches the supervisor; `claim` locks what another bench needs of the hardware, or raises PilotageError; `begun` and `done`
    tell the service manager; `know` is told of every output that may be on, before anything is done and when all is done.
    """

    def __init__(
        self,
        bench: Bench,
        tell: Tell,
        progress: Progress,
        claim: Callable[[Bench], object],
        begun: Callable[[], object],
        done: Callable[[], object],
        know: Callable[[Bench], object],
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """`meanwhile` is called while a file is read, for what else the main thread has to do; what it raises ends the reload."""
        self.bench = bench
        """The one in force: of a reload that is under way, the one before."""
        self._tell = tell
        self._progress = progress
        self._claim = claim
        self._begun = begun
        self._done = done
        self._know = know
        self._meanwhile = meanwhile
        self._coming: Bench | None = None
        self._left_on: tuple[OutputSpec, ...] | None = None  # nothing has been said yet

    def look(self, signals: HangUp) -> None:
        """Begin a reload that was asked for, or finish one that the supervisor has carried out. What it raises is for `refuse`."""
        if self._coming is not None and self._progress.reloaded.is_set():
            self._finish(self._coming)
        if self._coming is None and self._left_on != self._progress.left_on:
            self._known()
        if self._coming is None and signals.taken():
            self._begin()

    def _begin(self) -> None:
        self._begun()
        bench = self._checked()
        if bench is None:
            self._done()
            return
        coming = held(self.bench, bench)
        self._know(also(self.bench, (*self._progress.left_on, *coming.outputs)))
        self._progress.reloaded.clear()
        self._coming = coming
        self._tell(Reload(bench))

    def _finish(self, coming: Bench) -> None:
        self._coming = None
        self._done()
        if not self._progress.refused:
            self.bench = coming
        self._known()

    def _known(self) -> None:
        """Say which outputs may be on while no reload is under way."""
        self._left_on = self._progress.left_on
        self._know(also(self.bench, self._left_on))

    def refuse(self, reason: str) -> None:
        """Go on with the former bench, for the reading of the file, or what came before the supervisor's part, raised something."""
        log.error(events.CONFIG_REFUSED, reason=f"{self.bench.source}: {reason}")
        if self._coming is None:
            self._known()
            self._done()

    def _on_the_bus_of_now(self, later: int) -> tuple[Bench | None, list[str]]:
        """Return the bench of the file while the number of its own bus is held, or why there is none until the daemon is started again.

        What names the bus that will be the bench's own `later` is on that one already.
        """
        now = self.bench.bus
        bench, problems, _warnings = check_apart(Path(self.bench.source), now, self._meanwhile)
        if bench is None:
            return None, [f"{problem} (I2C_BUS_ID is {now} until the daemon is started again)" for problem in problems]
        return replace(bench, bus=later), []

    def _checked(self) -> Bench | None:
        """Return the bench of the file, if there is nothing wrong with it; what is wrong is recorded, one record each."""
        bench, problems, _warnings = check_apart(Path(self.bench.source), None, self._meanwhile)
        reasons = [str(problem) for problem in problems]
        if bench is not None and bench.bus != self.bench.bus:
            bench, reasons = self._on_the_bus_of_now(bench.bus)
        if bench is not None:
            try:
                self._claim(held(self.bench, bench))
            except PilotageError as error:
                bench, reasons = None, [error.message]
        for reason in reasons:
            log.error(events.CONFIG_REFUSED, reason=reason)
        return bench
