from pathlib import Path

import pytest

from tests.supervisor.setup.machines import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Linux machine with systemd 252 and nothing else."""
    found = Machine(tmp_path, {"systemctl --version": "systemd 252 (252.38)\n+PAM"})
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    return found
