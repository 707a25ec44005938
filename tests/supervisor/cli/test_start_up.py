"""A client command, and the daemon, load what they need and no more, for a small computer's sake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.daemon import Daemon, environment
from tests.project.sources import ROOT

SLOW = {"adafruit_emc2101", "asyncio", "hypothesis", "pigpio", "pydantic", "pykka", "rich", "smbus2", "structlog", "tornado"}
WEB = {"concurrent", "email", "http", "multiprocessing", "sqlite3", "ssl"}
OURS = {"actors", "recorder"}
SCRIPT = """
import json, sys
from supervisor.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
print()
print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]))
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize("command", [["read", "t_resistance"], ["status"], ["set", "ventilateur", "0"]], ids=" ".join)
def test_a_command_that_asks_a_daemon_loads_zmq_and_nothing_slow(command: list[str], daemon: Daemon, tmp_path: Path) -> None:
    modules = loaded(tmp_path, *command, "--endpoint", daemon.endpoint, "--timeout", "10")
    assert "zmq" in modules
    assert modules & (SLOW | WEB | OURS) == set()


@pytest.mark.parametrize("command", [["--help"], ["completion", "bash"]], ids=" ".join)
def test_a_command_that_asks_nobody_does_not_even_load_zmq(command: list[str], tmp_path: Path) -> None:
    assert loaded(tmp_path, *command) & (SLOW | {"zmq"}) == set()


def test_a_daemon_loads_nothing_that_its_bench_does_not_need() -> None:
    program = "import sys\nfrom supervisor import journal\njournal.set_up('info')\nimport supervisor.daemon.run\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    modules = set(done.stdout.split())
    assert {name.partition(".")[0] for name in modules} & (WEB | SLOW - {"asyncio", "pykka", "structlog"}) == set()
    assert (
        modules & {"asyncio.events", "importlib.metadata", "actors.drivers.library.table", "actors.leco.actor", "actors.loops.actor"}
        == set()
    )


def test_whoever_asks_for_asyncio_beside_the_log_gets_the_real_one() -> None:
    program = (
        "from supervisor import journal\njournal.set_up('info')\nimport asyncio\nasync def three(): return 3\nprint(asyncio.run(three()))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True).stdout == "3\n"
