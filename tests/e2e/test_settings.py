"""Where the daemon finds its bench and its settings, and what it says when they are wrong."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from supervisor.cli.main import main
from tests.actors.gateway.peer import Peer
from tests.e2e.daemon import ROOT, Daemon
from tests.e2e.test_life import free_port

SIMULE = """
ACTUATORS_CONFIG = []
SENSORS_CONFIG = {0x20: {"driver": "SIMULE", "title": "T", "name": "%s", "units": "RH"}}
"""
BAD = """
ACTUATORS_CONFIG = [
    {"pin": 99, "title": "A", "name": "a", "driver": "PWM", "units": "%", "min": 0, "max": 255, "address": None, "pwm_frequency": 100},
    {"pin": 23, "title": "B", "name": "b", "driver": "PMW", "units": "%", "min": 9, "max": 3, "address": None, "pwm_frequency": 100},
]
SENSORS_CONFIG = {0x48: {"driver": "TMP103", "title": "T", "name": "t", "units": "C"}}
PORT = "many"
"""


def bench(folder: Path, name: str, file: str = "config.py", extra: str = "") -> Path:
    """Write a bench of one sensor of that name."""
    path = folder / file
    path.write_text(SIMULE % name + extra, encoding="utf-8")
    return path


def test_port_and_address_come_from_the_command_line_else_the_environment_else_the_file(tmp_path: Path) -> None:
    """A simulated bench listens on its own computer unless it is told otherwise by hand, whatever its file says."""
    in_file, in_environment, on_line = free_port(), free_port(), free_port()
    path = bench(tmp_path, "t", extra=f"PORT = {in_file}\nBIND = '*'\n")
    run = (sys.executable, "-m", "supervisor", "run", "--simulate", "--config", str(path))
    with Daemon(tmp_path, "--port", str(on_line), "--bind", "127.0.0.3", program=run, PILOTAGE_PORT=str(in_environment)) as daemon:
        assert listens(daemon) == f"tcp://127.0.0.3:{on_line}"
    environment = {
        "PILOTAGE_PORT": str(in_environment),
        "PILOTAGE_BIND": "127.0.0.1",
        "PILOTAGE_SIMULATE": "1",
        "PILOTAGE_CONFIG": str(path),
    }
    with Daemon(tmp_path, "--log-level", "info", program=run[:4], own_port=True, **environment) as daemon:
        assert listens(daemon) == f"tcp://127.0.0.1:{in_environment}"
    with Daemon(tmp_path, program=run, own_port=True) as daemon:
        assert listens(daemon) == f"tcp://127.0.0.1:{in_file}"


def listens(daemon: Daemon) -> str:
    """Return where a daemon listens, which nobody else reaches."""
    (bound,) = daemon.ready().records("gateway_bound")
    assert not daemon.records("access_open")
    return str(bound["endpoint"])


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """Run a command in this process, in a folder of its own, which must refuse the bench; return what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("supervisor.journal.set_up", lambda _level: None)

    def refused(*words: str) -> str:
        assert main(list(words)) == 78
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return said

    return refused


def test_without_any_file_the_packaged_bench_never_drives_real_hardware(refused: Callable[..., str]) -> None:
    assert "no config.py found" in refused("run", "--hardware", "--port", "0")


def test_a_bad_file_is_refused_78_with_all_its_errors_at_once(tmp_path: Path, refused: Callable[..., str]) -> None:
    path = tmp_path / "bad.py"
    path.write_text(BAD, encoding="utf-8")
    for words in (("run", "--simulate"), ("check-config",)):
        said = refused(*words, "--config", str(path))
        for word in ("99", "PMW", "TMP103", "many", str(path), "did you mean"):
            assert word in said, word


def test_a_file_that_does_not_run_is_refused_78(tmp_path: Path, refused: Callable[..., str]) -> None:
    path = tmp_path / "broken.py"
    path.write_text("1/0", encoding="utf-8")
    assert str(path) in refused("run", "--simulate", "--config", str(path))


@pytest.mark.parametrize(("name", "value"), [("PILOTAGE_PORT", "many"), ("PILOTAGE_LOG_LEVEL", "loud"), ("PILOTAGE_HARDWARE", "1")])
def test_a_setting_of_the_environment_that_makes_no_sense_is_64_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv("PILOTAGE_SIMULATE", "1")
    monkeypatch.setenv(name, value)
    assert main(["run"]) == 64
    printed = capsys.readouterr().err
    assert name in printed or repr(value) in printed


def test_the_predecessors_pi_zero_bench_runs(tmp_path: Path) -> None:
    path = str(ROOT / "examples" / "config_pizero.py")
    with Daemon(tmp_path, "--simulate", "--config", path) as daemon, Peer(daemon.ready().endpoint) as peer:
        lists = peer.value({"type": "scan"})
        assert [entry["pin"] for entry in lists["actuator"]] == [13, 19]
        assert all(entry["driver"] == "DIGITAL" for entry in lists["actuator"])
        assert peer.value({"type": "PI", "register": "pin", "pin": 13, "value": 127}) == 1
        assert peer.value({"type": "AQ", "register": "pin", "pin": "13"}) == 1
