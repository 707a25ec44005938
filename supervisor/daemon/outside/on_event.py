"""`ON_EVENT`: commands of the bench's owner, run when chosen events are recorded.

One thread runs them, one after the other, each for a limited time; what comes too fast is left out. A log call only fills a queue.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from actors.bench.devices import EventCommand
from actors.core import events
from actors.core.actor import fault_of
from actors.core.clock import Clock
from supervisor import journal
from supervisor.journal.sentences import text_of

log = structlog.get_logger()

WAITING: Final = 32
"""Commands that may wait for their turn; what comes then is left out."""
STARTS: Final = 12
PERIOD: Final = 60.0
"""Commands that are started within `PERIOD` seconds, at most."""
LAST_WORDS: Final = 2.0
"""Seconds that commands get at the end of the daemon, all together."""
KEPT_BACK: Final = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "JOURNAL_STREAM"})
"""Variables that speak to the daemon and not to its children."""
_WORDS: Final = ("event", "actor", "message")
_WINDOWS: Final = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class _Job:
    command: EventCommand
    event: str
    actor: str
    message: str
    facts: dict[str, str]


class OnEvent:
    """Runs the commands of a bench. `offer` may be called in any thread and never waits."""

    def __init__(self, commands: Iterable[EventCommand], clock: Clock) -> None:
        self._clock = clock
        self._by_event: dict[str, list[EventCommand]] = {}
        self._jobs: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._starts: deque[float] = deque(maxlen=STARTS)
        self._failing: set[EventCommand] = set()
        self._left_out = 0
        self._running: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self.replace(commands)

    def replace(self, commands: Iterable[EventCommand]) -> None:
        """Run these commands from now on; what waits or runs already is not taken back. Main thread."""
        by_event: dict[str, list[EventCommand]] = {}
        for command in commands:
            for event in command.events:
                by_event.setdefault(event, []).append(command)
        if not by_event and not self._by_event:
            return
        self._by_event = by_event
        journal.watch({event: _lowest_level(event) for event in by_event}, self.offer)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="on-event", daemon=True)
            self._thread.start()

    def offer(self, record: Mapping[str, Any], message: str) -> None:
        """Queue the commands that `record` calls for. What it raises is counted with the records that could not be read."""
        event = str(record["event"])
        for command in self._by_event.get(event, ()):
            facts = {name: text_of(value) for name, value in record.items() if name not in {"text", "traceback"}}
            try:
                self._jobs.put_nowait(_Job(command, event, facts.get("actor", ""), message, facts))
            except queue.Full:
                self._left_out += 1

    def close(self, patience: float = LAST_WORDS) -> None:
        """Let the commands that wait run for at most `patience` seconds, then end what is left. Main thread."""
        if self._thread is None:
            return
        journal.watch({}, self.offer)
        try:
            self._jobs.put_nowait(None)
        except queue.Full:
            patience = 0.0
        self._thread.join(patience)
        if self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                while True:
                    self._jobs.get_nowait()
            self._jobs.put(None)
            _kill(self._running)
            self._thread.join(1.0)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            left_out, self._left_out = self._left_out, 0
            now = self._clock.monotonic()
            if len(self._starts) == STARTS and now - self._starts[0] < PERIOD:
                self._left_out = left_out + 1
                self._failed(job, f"not started: {STARTS} commands were started within {PERIOD:g} s")
                continue
            self._starts.append(now)
            try:
                reason = self._outcome(job)
            except Exception as error:  # noqa: BLE001 - the commands of later events must be run all the same
                reason = f"a fault of this program: {fault_of(error).message}"
            if reason is None and left_out:
                reason = f"{left_out} commands before it were left out, too many events came at once"
            if reason is None:
                self._failing.discard(job.command)
            else:
                self._failed(job, reason)

    def _failed(self, job: _Job, reason: str) -> None:
        """Record a failure, once until the command succeeds. The arguments stay out of the log: they may hold passwords."""
        if job.command not in self._failing:
            self._failing.add(job.command)
            log.warning(events.COMMAND_FAILED, program=job.command.command[0], event_of=job.event, reason=reason)

    def _outcome(self, job: _Job) -> str | None:
        """Run one command; return what went wrong."""
        try:
            with subprocess.Popen(  # noqa: S603 - the bench's owner wrote it, and no shell sees it
                [_filled(word, job) for word in job.command.command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=_environment(job),
                start_new_session=not _WINDOWS,
            ) as process:
                self._running = process
                try:
                    process.communicate(f"{job.message}\n".encode("utf-8", "replace"), timeout=job.command.timeout)
                except subprocess.TimeoutExpired:
                    _kill(process)
                    return f"not done within {job.command.timeout:g} s, so it was ended"
                finally:
                    self._running = None
        except (OSError, ValueError) as error:
            return f"it cannot be started: {getattr(error, 'strerror', None) or error}"
        code = process.returncode
        return None if code == 0 else f"exit code {code}" if code > 0 else f"ended by signal {-code}"


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    """End the command and what it has started, if any of it still runs."""
    if process is None:
        return
    try:
        if _WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        return


def _filled(word: str, job: _Job) -> str:
    for name in _WORDS:
        word = word.replace(f"{{{name}}}", getattr(job, name))
    return word.replace("\0", "")


def _environment(job: _Job) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in KEPT_BACK}
    facts = {f"PILOTAGE_{name.upper()}": value.replace("\0", "") for name, value in job.facts.items()}
    return own | facts | {"PILOTAGE_MESSAGE": job.message.replace("\0", "")}


def _lowest_level(event: str) -> int:
    return min(journal.LEVELS[level] for level in events.VOCABULARY[event].levels)
