"""The whole daemon on the kernel's lines: real processes, a stand-in for libgpiod only."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors.gateway.peer import Peer, pi
from tests.actors.hardware.kernel.rig import FAKE, HEATER, Rig
from tests.e2e.daemon import ROOT, Daemon

BENCH = """
GPIO_BACKEND = "kernel"
INTERLOCKS = []
ACTUATORS_CONFIG = [
    {"pin": 23, "name": "heater", "driver": "PWM", "units": "%", "min": 0, "max": 255, "pwm_frequency": 100},
    {"pin": 24, "name": "valve", "driver": "DIGITAL", "units": "", "min": 0, "max": 1, "active_low": True},
    {"pin": 18, "name": "fan", "driver": "PWM", "units": "%", "min": 0, "max": 255, "pwm_frequency": 25000},
]
SENSORS_CONFIG = {}
"""


class Bench:
    """A daemon that drives the lines of a folder, and a look at them."""

    def __init__(self, folder: Path) -> None:
        self.lines = Rig(folder)
        (folder / "bench.py").write_text(BENCH, encoding="utf-8")
        self.folder = folder

    def start(self) -> Daemon:
        return Daemon(
            self.folder,
            "--hardware",
            "--config",
            str(self.folder / "bench.py"),
            PYTHONPATH=os.pathsep.join((str(ROOT), str(FAKE))),
            PILOTAGE_GPIO_CHIP=str(self.folder / "gpiochip0"),
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.lines.gpio.close()


def test_an_output_without_its_hardware_pwm_is_an_error_that_says_what_to_do_and_no_other_suffers(bench: Bench) -> None:
    with bench.start() as daemon, Peer(daemon.ready().endpoint) as peer:
        reply = peer.ask(pi(18, 100))
        assert (reply["state"], reply["code"]) == ("ERROR", "pwm_no_chip")
        assert "dtoverlay=pwm,pin=18,func=2" in reply["value"]
        assert peer.value(pi(HEATER, 255)) == 255
        assert daemon.end() == 0


def test_kill_9_of_the_daemon_switches_the_heater_off_at_once_and_the_next_daemon_finds_the_lines_free(bench: Bench) -> None:
    for _ in range(2):
        with bench.start() as daemon, Peer(daemon.ready().endpoint) as peer:
            assert peer.value(pi(HEATER, 255)) == 255
            daemon.process.kill()
            bench.lines.within(HEATER, 0, 2.0)
