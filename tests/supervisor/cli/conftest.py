"""A simulated daemon, a real process, for the commands and the client; and a way to run a command in this process."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pilotage import Client
from pilotage.here import own_files
from supervisor.cli.main import main
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually


class Ended(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The default bench, simulated, all of its children running."""
    with Daemon(tmp_path_factory.mktemp("daemon"), "--simulate", "--config", str(ROOT / "config.py")) as daemon:
        yield daemon.ready().running()


@pytest.fixture
def bench(daemon: Daemon) -> Iterator[Client]:
    """A client of `daemon`, all of whose children run; afterwards nothing is broken any more and the outputs are off."""
    with Client(daemon.endpoint, timeout=10.0) as client:
        eventually(lambda: client.status()["healthy"], "every child runs")
        yield client
        client.fault("all", "clear")
        client.off()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have no other daemon run on this machine: the folders of the service and of this user are the test's own, which is returned."""
    monkeypatch.setattr(own_files, "SERVICE", tmp_path / "service")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of `pilotage` in this process, which no variable of this machine's user configures."""
    for name in ("PILOTAGE_ENDPOINT", "PILOTAGE_PORT", "PILOTAGE_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Ended:
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ended(code, *capsys.readouterr())

    return run
