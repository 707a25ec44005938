"""One simulated daemon for all tests that need no other."""

from collections.abc import Iterator

import pytest

from tests.actors.gateway.peer import Peer
from tests.e2e.daemon import ROOT, Daemon


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The default bench, simulated, all of its children running."""
    with Daemon(tmp_path_factory.mktemp("daemon"), "--simulate", "--config", str(ROOT / "config.py")) as daemon:
        yield daemon.ready().running()


@pytest.fixture
def peer(daemon: Daemon) -> Iterator[Peer]:
    """A DEALER client of `daemon`, after which the outputs are off again."""
    with Peer(daemon.endpoint) as peer:
        yield peer
        peer.value({"type": "off"})
