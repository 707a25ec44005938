"""Where the daemon finds its bench and its settings, and what it says when they are wrong."""

import sys
from pathlib import Path

import pytest

from supervisor.cli.main import main
from tests.actors.gateway.peer import Peer
from tests.e2e.daemon import ROOT, Daemon, command
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


def test_without_any_file_the_packaged_bench_never_drives_real_hardware(tmp_path: Path) -> None:
    done = command(tmp_path, "run", "--hardware", "--port", "0")
    assert done.returncode == 78
    assert "no config.py found" in done.stderr


def test_port_and_address_come_from_the_command_line_else_the_environment_else_the_file(tmp_path: Path) -> None:
    in_file, in_environment, on_line = free_port(), free_port(), free_port()
    path = bench(tmp_path, "t", extra=f'PORT = {in_file}\nBIND = "127.0.0.1"\n')
    run = (sys.executable, "-m", "supervisor", "run", "--simulate", "--config", str(path))
    with Daemon(tmp_path, "--port", str(on_line), program=run, PILOTAGE_PORT=str(in_environment)) as daemon:
        assert daemon.ready().port == on_line
    environment = {
        "PILOTAGE_PORT": str(in_environment),
        "PILOTAGE_BIND": "127.0.0.1",
        "PILOTAGE_SIMULATE": "1",
        "PILOTAGE_CONFIG": str(path),
    }
    with Daemon(tmp_path, "--log-level", "info", program=run[:4], own_port=True, **environment) as daemon:
        assert daemon.ready().port == in_environment
    with Daemon(tmp_path, program=run, own_port=True) as daemon:
        assert daemon.ready().port == in_file


def test_a_bad_file_is_refused_78_with_all_its_errors_at_once(tmp_path: Path) -> None:
    path = tmp_path / "config.py"
    path.write_text(BAD, encoding="utf-8")
    for arguments in (("run", "--simulate"), ("check-config",)):
        done = command(tmp_path, *arguments, "--config", str(path))
        assert done.returncode == 78
        for word in ("99", "PMW", "TMP103", "many", str(path)):
            assert word in done.stderr, word
        assert "did you mean" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_file_that_does_not_run_is_refused_78(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("1/0", encoding="utf-8")
    done = command(tmp_path, "run", "--simulate", "--config", str(path))
    assert done.returncode == 78
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr


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


@pytest.mark.parametrize(
    ("arguments", "file", "listens"),
    [
        ((), "BIND = '*'\n", "127.0.0.1"),
        (("--bind", "127.0.0.3"), "BIND = '*'\n", "127.0.0.3"),
    ],
)
def test_a_simulated_bench_listens_on_its_own_computer_unless_told_otherwise(
    arguments: tuple[str, ...], file: str, listens: str, tmp_path: Path
) -> None:
    path = bench(tmp_path, "t", extra=file)
    with Daemon(tmp_path, "--simulate", "--config", str(path), "--port", "0", *arguments) as daemon:
        (bound,) = daemon.ready().records("gateway_bound")
    assert bound["endpoint"].startswith(f"tcp://{listens}:")
    assert not daemon.records("access_open"), "nobody else reaches it"
