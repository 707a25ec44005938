"""The client's side of the pipe: one output process at a time, started again at once when it ends, thrown away at any doubt."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from actors.hardware.kernel.wire import Lines, decoded, encoded
from actors.hardware.pigpio.turn import Turn

MODULE: Final = "actors.hardware.kernel.process.main"
PACKAGES: Final = Path(__file__).resolve().parents[3]
"""Where `actors` is imported from, installed or not."""
LIMIT: Final = 1.0
"""Seconds within which a command is answered; a process that took longer is killed."""
START: Final = 5.0
"""Seconds within which a new process has made everything safe; Python alone takes most of one on a Pi Zero."""
BACK_OFF: Final = (0.0, 0.1, 0.5, 1.0, 2.0)
"""Seconds before the next start, by the number of processes in a row that did not live for `LONG`."""
LONG: Final = 5.0
"""Seconds."""
ENDING: Final = 0.5
"""Seconds that a process in doubt gets to make safe and end by itself: if it can at all, it needs milliseconds."""
_PIECE: Final = 65_536


class Life:
    """One output process, from its start to its end."""

    def __init__(self, settings: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.connection, theirs = socket.socketpair()
        paths = [str(PACKAGES), *filter(None, [environ.get("PYTHONPATH")])]
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-P", "-m", MODULE, json.dumps(settings)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={**environ, "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,  # Ctrl-C in a terminal is for the daemon, which then makes safe in its own order
            )
        except BaseException:
            self.connection.close()
            raise
        finally:
            theirs.close()
        self._lines = Lines()
        self.worker = 0

    def begin(self) -> None:
        """Wait for the first word, which says that everything is safe; raises OSError or ValueError."""
        self.connection.settimeout(START)
        first = next(iter(self.receive()), {})
        if first.keys() != {"seq", "pid"} or first["seq"] != 0:
            raise ValueError("it did not say that it is ready")
        self.worker = int(first["pid"])
        self.connection.settimeout(None)

    def receive(self) -> list[dict[str, Any]]:
        """Return the next answers; raises OSError at the end, and ValueError for garbage."""
        piece = self.connection.recv(_PIECE)
        if not piece:
            raise ConnectionResetError("it ended")
        return [decoded(line) for line in self._lines.add(piece)]

    def hang_up(self) -> None:
        """End the connection, upon which the process makes everything safe and ends. Any thread."""
        with suppress(OSError):  # the other side was faster
            self.connection.shutdown(socket.SHUT_RDWR)

    def throw_away(self) -> None:
        """Have its guardian kill the worker, which hangs, and make everything safe. Any thread."""
        self.process.send_signal(signal.SIGUSR1)

    def end(self, patience: float) -> int:
        """Let it make safe and end by itself within `patience` seconds, then kill it; return its status. Its lines are free then."""
        self.hang_up()
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # it leads a group of its own, with its worker in it
            status = self.process.wait()
        self.connection.close()
        return status


class Link:
    """Commands to the output process that lives at the moment. `call` and `close` from any thread; a thread of its own keeps the process.

    `settings` is asked for at each start; `started` is called when everything is safe, before any command reaches the new process.
    """

    def __init__(self, settings: Callable[[], Mapping[str, Any]], started: Callable[[], None], environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._started = started
        self._environ = environ
        self._turn = Turn()
        self._changed = threading.Condition()
        self._keeper: threading.Thread | None = None
        self._begun: Life | None = None
        self._life: Life | None = None
        self._answer: dict[str, Any] | None = None
        self._number = 0
        self._reason = "it has not started"
        self._closed = threading.Event()

    def call(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to one command. Raises OSError when there is none in time, whose text says why."""
        if not self._turn.acquire(2 * LIMIT):
            raise TimeoutError("other outputs have waited for it for seconds")
        try:
            life = self._living()
            if not self._send(life, command):
                life = self._living()
                self._send(life, command)
            return self._receive(life)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the process, which makes everything safe, and the thread; the next `call` begins anew."""
        with self._turn:
            keeper, self._keeper = self._keeper, None
            if keeper is None:
                return
            with self._changed:
                self._closed.set()
                if self._begun is not None:
                    self._begun.hang_up()
            keeper.join(START)
            self._closed = threading.Event()

    def _living(self) -> Life:
        """Return the process that is ready, waiting for it as long as a command may take; for the very first one, until it has started."""
        patience = LIMIT
        if self._keeper is None:
            patience = START
            self._keeper = threading.Thread(target=self._keep, args=(self._closed,), name="gpio-output", daemon=True)
            self._keeper.start()
        with self._changed:
            self._changed.wait_for(lambda: self._life is not None, patience)
            if self._life is None:
                raise ConnectionRefusedError(self._reason)
            return self._life

    def _send(self, life: Life, command: Mapping[str, Any]) -> bool:
        """Send a command; return False when the process has just died, without having heard of it."""
        self._number += 1
        with self._changed:
            self._answer = None
        try:
            life.connection.sendall(encoded({**command, "seq": self._number}))
        except OSError:
            with self._changed:
                if self._life is life:
                    self._life = None
            return False
        return True

    def _receive(self, life: Life) -> dict[str, Any]:
        answer = self._await_answer(life)
        if answer is not None and answer.get("seq") == self._number:
            return answer
        with self._changed:
            if self._life is not life:
                raise ConnectionResetError(self._reason)
            self._life = None
        life.throw_away()
        raise TimeoutError(f"no answer within {LIMIT:g} s" if answer is None else "an answer that belongs to no question")

    def _await_answer(self, life: Life) -> dict[str, Any] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._answer is not None or self._life is not life, LIMIT)
            return self._answer

    def _keep(self, closed: threading.Event) -> None:
        """Start a process, hear it to its end, and start the next. The thread's own function."""
        short = 0
        while not closed.is_set():
            began = time.monotonic()
            self._live(closed)
            short = 0 if time.monotonic() - began > LONG else short + 1
            closed.wait(BACK_OFF[min(max(short - 1, 0), len(BACK_OFF) - 1)])

    def _live(self, closed: threading.Event) -> None:
        try:
            life = Life(self._settings(), self._environ)
        except OSError as error:
            self._reason = f"it cannot be started: {error}"
            return
        with self._changed:
            self._begun = life
            if closed.is_set():
                life.hang_up()
        reason = ""
        try:
            self._hear(life)
        except (OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            if not isinstance(error, ConnectionError):  # it has not ended by itself
                life.throw_away()
        finally:
            status = life.end(LIMIT if closed.is_set() else ENDING)
            with self._changed:
                self._reason = f"{reason} (exit status {status})"
                self._life = None
                self._changed.notify_all()

    def _hear(self, life: Life) -> None:
        life.begin()
        self._started()
        with self._changed:
            self._life = life
            self._changed.notify_all()
        while True:
            for answer in life.receive():
                with self._changed:
                    self._answer = answer
                    self._changed.notify_all()
