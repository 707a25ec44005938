"""A loop as a user has it: the real process on a bench whose physics run fifteen times as fast, tuned and held from the command line."""

from pathlib import Path
from typing import Final

import pytest

from pilotage import Client
from pilotage.documents import LoopStatus
from tests.e2e.daemon import MODULE, Daemon, command
from tests.fakes import eventually

SPEED: Final = 15
BENCH: Final = """
BIND = "127.0.0.1"
ACTUATORS_CONFIG = [
    {"name": "oven", "title": "Oven", "kind": "heater", "driver": "PWM", "pin": 23, "pwm_frequency": 100, "address": None,
     "min": 0, "max": 255, "units": ""},
]
SENSORS_CONFIG = {0x49: {"driver": "PT-100", "name": "hot", "title": "Hot", "units": "°C", "period": 0.1, "coupling": 1.0}}
INTERLOCKS = [
    {"name": "too_hot", "kind": "limit", "sensor": "hot", "above": 80, "outputs": {"oven": 0}},
    {"name": "lost", "kind": "stale", "sensor": "hot", "seconds": 5, "outputs": {"oven": 0}},
]
LOOPS = [{"name": "warm", "sensor": "hot", "output": "oven", "pin": 1000, "min": 20, "max": 60}]
"""
"""A chip that converts quickly: chips keep the pace of the clock."""


def is_at(loop: LoopStatus, target: float) -> bool:
    """Whether its way is over, and the value is there as well as one reading can tell."""
    value, working = loop["value"], loop["working"]
    return value is not None and working is not None and abs(working - target) < 0.01 and abs(value - target) < 0.5


def test_a_loop_is_tuned_from_the_command_line_and_holds(tmp_path: Path) -> None:
    config = tmp_path / "config.py"
    config.write_text(BENCH, encoding="utf-8")
    with Daemon(tmp_path, "--simulate", "--speed", str(SPEED), "--config", str(config)) as daemon:
        daemon.ready().running()
        tuned = command(tmp_path, "tune", "warm", "--around", "45", "--endpoint", daemon.endpoint, program=MODULE)
        assert tuned.returncode == 0, f"{tuned.stdout}{tuned.stderr}"
        assert "warm is tuned in " in tuned.stdout
        assert '"k": ' in tuned.stdout
        with Client(daemon.endpoint) as bench:
            assert bench.hold("warm", 40.0)["set_point"] == 40.0
            eventually(lambda: is_at(bench.loop("warm"), 40.0), "it is there")
            assert bench.loop("warm")["output_pct"] == pytest.approx(45.0, abs=20.0)
            assert bench.hold("warm", 0)["state"] == "off"
            assert bench.read("oven") == 0
        assert daemon.end() == 0
