"""The real process: started as a user starts it, watched by its log, ended by a signal."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.actors.gateway.peer import Peer
from tests.fakes import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]
MODULE = (sys.executable, "-m", "supervisor")
STARTING = 40.0
"""Seconds that a process gets to start: it takes half a second, and the machine may be busy."""


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing of this machine's user configures the daemon."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PILOTAGE_", "PIGPIO_", "XDG_", "RUNTIME_", "JOURNAL_"))
    }
    return kept | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "HOME": str(folder), "PILOTAGE_WEB": "off"} | more


def command(folder: Path, *arguments: str, program: tuple[str, ...] = MODULE, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `pilotage` to its end."""
    return subprocess.run(
        [*program, *arguments], cwd=folder, env=environment(folder, **more), capture_output=True, text=True, timeout=STARTING, check=False
    )


class Daemon:
    """`pilotage run` with these arguments, in `folder`, on any free port of this machine unless it has one (`own_port`)."""

    def __init__(
        self, folder: Path, *arguments: str, program: tuple[str, ...] = (*MODULE, "run"), own_port: bool = False, **more: str
    ) -> None:
        self.log = folder / f"daemon-{time.monotonic_ns()}.log"
        defaults = [] if own_port or "--port" in arguments else ["--bind", "127.0.0.1", "--port", "0"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*program, *defaults, *arguments],
                cwd=folder,
                env=environment(folder, **more),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def records(self, event: str | None = None) -> list[dict[str, Any]]:
        """Return the records of the log, those of one event if it is given."""
        found = []
        for line in self.text().splitlines():
            with suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and event in {None, record.get("event")}:
                    found.append(record)
        return found

    def ready(self) -> Self:
        """Wait until it serves; fail with its log if it ends before."""
        eventually(lambda: self.records("daemon_ready") or self.process.poll() is not None, "the daemon is ready", STARTING)
        assert self.process.poll() is None, self.text()
        return self

    @property
    def port(self) -> int:
        return int(self.records("daemon_ready")[-1]["port"])

    @property
    def endpoint(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def running(self) -> Self:
        """Wait until every child runs."""
        with Peer(self.endpoint) as peer:
            eventually(lambda: peer.value({"type": "status"})["healthy"], "every child runs")
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code, which must come within 5 s, and 10 more on a busy machine."""
        self.process.send_signal(number)
        return self.exit_code(15.0)

    def exit_code(self, patience: float = STARTING) -> int:
        """Wait for the end and return the exit code; fail with the log if it takes too long."""
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not ended within {patience:g} s:\n{self.text()}") from None

    def close(self) -> None:
        if self.process.poll() is None:
            if os.name == "posix":
                self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
