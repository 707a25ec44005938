"""`pilotage new-driver`: what it writes is a driver that the daemon takes, and passes its own test as it stands."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.drivers import SENSOR_DRIVER_REGISTRY
from supervisor.cli.commands.files.drivers import main as drivers
from supervisor.cli.main import build_parser, main
from supervisor.configuration import check
from supervisor.configuration.outside import ORIGINS
from tests.project.sources import ROOT


@pytest.fixture(autouse=True)
def _no_driver_stays() -> Iterator[None]:
    yield
    for name in tuple(ORIGINS):
        del SENSOR_DRIVER_REGISTRY[name], ORIGINS[name]


def test_what_is_written_passes_and_is_found(tmp_path: Path) -> None:
    bench = tmp_path / "config.py"
    bench.write_text("ACTUATORS_CONFIG = []\nSENSORS_CONFIG = {0x48: {'driver': 'ACME1', 'name': 'acme'}}\n", encoding="utf-8")
    assert main(["new-driver", "ACME1", "--config", str(bench)]) == 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "drivers/tests"]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout
    found, problems, _warnings = check(bench)
    assert (problems, found is not None) == ((), True)
    assert drivers(build_parser().parse_args(["drivers", "--config", str(bench)])) == 0


def test_nothing_is_replaced_and_no_name_taken(tmp_path: Path) -> None:
    bench = tmp_path / "config.py"
    bench.write_text("", encoding="utf-8")
    assert main(["new-driver", "ACME2", "--config", str(bench)]) == 0
    (tmp_path / "drivers" / "acme2.py").write_text("mine", encoding="utf-8")
    assert main(["new-driver", "ACME2", "--config", str(bench)]) == 73
    assert (tmp_path / "drivers" / "acme2.py").read_text(encoding="utf-8") == "mine"
    for name in ("TMP102", "../x", "acme", ""):
        assert main(["new-driver", name, "--config", str(bench)]) == 64
    assert sorted(path.name for path in (tmp_path / "drivers").iterdir()) == ["acme2.py", "tests"]
