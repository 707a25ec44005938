"""Fixtures for every test. The first rule: no thread, process, socket or descriptor survives a test."""

import os
import sys
from collections.abc import Iterator

import hypothesis
import pytest

from tests.fakes import EVERYDAY, THOROUGH, ManualClock
from tests.leftovers import Snapshot

# Where byte code is not kept, some hundred daemons and every worker of pytest compile all they import, each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No deadline per example: on a busy machine it measures the machine, and pytest's own time limit stands above it.
for profile, examples in {"everyday": EVERYDAY, "thorough": THOROUGH}.items():
    hypothesis.settings.register_profile(
        profile, deadline=None, max_examples=examples, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile("everyday")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Tell the order of a failed run, which the quiet output leaves out."""
    if exitstatus and (seed := config.getoption("randomly_seed", None)):
        terminalreporter.write_line(f"repeat this order with --randomly-seed={seed}")


@pytest.fixture(autouse=True)
def nothing_survives() -> Iterator[None]:
    """Fail a test that leaves something running or open; fixtures it used are torn down before this looks."""
    before = Snapshot.take()
    yield
    if found := before.leftovers():
        pytest.fail("the test left behind: " + ", ".join(found), pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what daemons of the tests write down apart from what those of this machine's user did."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_page() -> Iterator[None]:
    """Start no page beside the simulated benches of the tests, unless one asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PILOTAGE_WEB", "off")
        yield


@pytest.fixture(autouse=True, scope="session")
def own_memory() -> Iterator[None]:
    """Do not take for a gateway's growth that of the process of the tests around it, which is Hypothesis's and pytest's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actors.gateway.actor.resident", lambda: None)
        yield


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until it is moved."""
    return ManualClock()
