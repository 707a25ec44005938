"""What a person reads when the daemon is ready, and what the command it names then does."""

import os
from pathlib import Path

import pytest

from pilotage.here import reach
from supervisor.daemon.greeting import greeting


@pytest.fixture(autouse=True)
def _folder(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(alone))


def test_a_daemon_that_every_command_finds_needs_no_address() -> None:
    here = "tcp://127.0.0.1:40123"
    reach.write(reach.contents(Path("config.py"), here, None), os.environ)
    assert greeting("127.0.0.1", 40123, here, simulated=True).endswith("pilotage status`")


def test_one_that_is_not_found_by_itself_names_its_address() -> None:
    assert greeting("*", 5600, "tcp://127.0.0.1:5600", simulated=False).endswith(" status --endpoint 127.0.0.1:5600`")
    assert greeting("::1", 5555, "tcp://[::1]:5555", simulated=False).endswith(" status --endpoint [::1]`")
