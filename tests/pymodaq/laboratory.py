"""A bench in the network of a real coordinator, for the check with PyMoDAQ: each of them can be ended and started again."""

import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from pilotage import Client, ClientError
from pilotage.history.following import Sample, samples
from tests.actors.leco.real import RealCoordinator
from tests.e2e.daemon import ROOT, Daemon
from tests.e2e.test_life import free_port

READY = 30.0
"""Seconds that anything gets which takes one."""


class Laboratory:
    """The simulated default bench as `name`; `folder` has its configuration. `coordinator`: that of another laboratory, else its own."""

    def __init__(self, folder: Path, name: str = "bench1", coordinator: RealCoordinator | None = None, *arguments: str) -> None:
        self.folder, self.name, self.port, self._arguments = folder, name, free_port(), arguments
        self.coordinator = coordinator or RealCoordinator()
        self._guest = coordinator is not None
        self._config = folder / "config.py"
        self.write(drive=True)
        self.client = Client(f"127.0.0.1:{self.port}", timeout=10.0)
        self.start()

    def write(self, *, drive: bool) -> None:
        """Write the bench's configuration."""
        network = {"host": "127.0.0.1", "port": self.coordinator.port, "name": self.name, "drive": drive}
        text = (ROOT / "config.py").read_text(encoding="utf-8")
        self._config.write_text(f"{text}\nLECO = {network}\n", encoding="utf-8")

    def start(self) -> None:
        """Start the bench, and wait until it is in the network."""
        arguments = ["--simulate", "--config", str(self._config), "--bind", "127.0.0.1", "--port", str(self.port), *self._arguments]
        self.daemon = Daemon(self.folder, *arguments, own_port=True).ready()
        self.until(lambda: self.client.status()["healthy"], "the bench is well, and joined")

    def reload(self, *, drive: bool) -> None:
        """Let the bench be driven over the network, or not any more."""
        before = len(self.daemon.records("config_reloaded"))
        self.write(drive=drive)
        self.daemon.process.send_signal(signal.SIGHUP)
        self.until(lambda: len(self.daemon.records("config_reloaded")) > before, "the bench has taken it over")
        self.until(lambda: self.client.status()["healthy"], "the bench is well")

    @staticmethod
    def until(condition: Callable[[], object], what: str) -> None:
        """Wait until it is so; a bench that does not answer yet is waited for as well."""
        end = time.monotonic() + READY
        while True:
            with suppress(ClientError):
                if condition():
                    return
            assert time.monotonic() < end, f"{what}: not within {READY:g} s"
            time.sleep(0.05)

    def cursor(self) -> int:
        """Return where the bench's history is now."""
        return self.client.history_since()["cursor"]

    def measured(self, since: int, names: Iterable[str]) -> dict[str, list[Sample]]:
        """Return what was really measured since then, by its name."""
        found = samples(self.client.history_since(since), frozenset(names))
        return {name: [each for each in found if each.name == name] for name in names}

    def close(self) -> None:
        """End it all."""
        self.client.close()
        self.daemon.close()
        if not self._guest:
            self.coordinator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
