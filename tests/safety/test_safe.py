"""`pilotage safe`: the separate process that runs after the daemon's end, whatever ended it."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, OutputSpec
from actors.core.clock import SystemClock
from actors.drivers.base import Wiring
from actors.drivers.library.emc2101.fan import EMC2101_FAN
from actors.hardware.lock import HardwareLock
from actors.hardware.sim.bench import SimulatedBench
from supervisor.configuration import load
from supervisor.rig import safe_list, safe_now
from tests.actors.hardware.kernel.rig import FAKE
from tests.e2e.daemon import MODULE, ROOT, command
from tests.e2e.test_life import free_port
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import BENCH, FAN, HEATER, LOW_HEATER, SAFE, duty, hardware, heating, is_off, killed

SAFE_LINES = [
    "resistance (GPIO23): safe, reads back 0",
    "chauffage (GPIO24): safe, reads back 0",
    "ventilateur (GPIO18): safe, reads back 0",
]


def here(folder: Path) -> tuple[int, str]:
    """Do in this process what the command does once it has its list."""
    (document,) = safe_list.read({"RUNTIME_DIRECTORY": str(folder)}, None)
    said: list[str] = []
    code, _ended = safe_now.make_safe(document, said.append)
    return code, "\n".join(said)


def safe(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    settings: Any = {"RUNTIME_DIRECTORY": str(folder)} | more
    return command(folder, "safe", *arguments, **settings)


def test_after_a_kill_everything_is_safe_and_no_lease_script_is_left_though_config_py_is_broken(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        daemon.process.kill()
        daemon.exit_code()
    (tmp_path / "config.py").write_text("1/0", encoding="utf-8")
    done = safe(tmp_path, "--config", str(tmp_path / "config.py"), "--reason", "signal")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"pilotage safe (signal): the bench of {tmp_path / 'config.py'}", *SAFE_LINES]
    assert is_off(emulator)
    assert duty(emulator, FAN) == 0.0
    assert emulator.scripts.stored == {}


def test_a_heater_that_a_restarted_pigpiod_left_on_is_switched_off(tmp_path: Path, emulator: Emulator) -> None:
    killed(tmp_path, emulator)
    emulator.restart(1)
    emulator.board.write(LOW_HEATER, 0)
    assert not is_off(emulator)
    assert here(tmp_path)[0] == 0
    assert is_off(emulator)


def test_a_bench_that_a_daemon_drives_is_left_alone(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        with hardware(tmp_path, emulator, RUNTIME_DIRECTORY=str(tmp_path)) as second:
            assert second.exit_code() == 69
        done = safe(tmp_path, "--reason", "exit-code")
        assert done.returncode == 75
        assert f"left alone: pigpiod-localhost-{emulator.port} is in use by process {daemon.process.pid}" in done.stdout
        assert (round(duty(emulator, HEATER), 2), duty(emulator, LOW_HEATER)) == (0.5, 0.0)


def heaters_off(folder: Path) -> subprocess.CompletedProcess[str]:
    return safe(folder, "--heaters", "--config", str(folder / "config.py"), "--reason", "pigpiod-stops")


def test_before_pigpiod_ends_the_daemon_that_drives_the_heaters_is_asked_and_the_fan_goes_on(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        done = heaters_off(tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[1:] == [
            "resistance (GPIO23): safe, the daemon did it, reads back 0",
            "chauffage (GPIO24): safe, the daemon did it, reads back 0",
        ]
        assert is_off(emulator)
        assert duty(emulator, FAN) > 0.5
        assert daemon.end() == 0


def test_what_a_daemon_that_cannot_be_asked_does_not_do_is_done_without_it(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        done = heaters_off(tmp_path)
        assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, SAFE_LINES[:2]), done.stdout
        assert "in vain" in done.stdout
        assert is_off(emulator)
        assert duty(emulator, FAN) > 0.5


def test_without_a_daemon_the_heaters_are_switched_off_and_nothing_else(tmp_path: Path, emulator: Emulator) -> None:
    killed(tmp_path, emulator)
    done = heaters_off(tmp_path)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, SAFE_LINES[:2])
    assert is_off(emulator)
    assert duty(emulator, FAN) > 0.5


@pytest.mark.parametrize("trouble", ["hang", "refuse"])
def test_a_pigpiod_that_hangs_or_is_gone_costs_a_bounded_time_and_is_said(tmp_path: Path, emulator: Emulator, trouble: str) -> None:
    killed(tmp_path, emulator)
    getattr(emulator, trouble)()
    begun = time.monotonic()
    done = safe(tmp_path)
    assert time.monotonic() - begun < 20.0
    assert done.returncode == 69
    assert done.stdout.count("NOT KNOWN TO BE SAFE") == 3
    assert "pigpiod" in done.stdout
    emulator.resume()


def test_a_pin_that_does_not_follow_is_said_and_the_others_are_safe(tmp_path: Path, emulator: Emulator) -> None:
    killed(tmp_path, emulator)
    emulator.board.forced[HEATER] = 1
    code, said = here(tmp_path)
    assert code == 74
    assert "resistance (GPIO23): NOT KNOWN TO BE SAFE: GPIO23 was set to 0 but reads 1" in said
    assert said.splitlines()[1:] == SAFE_LINES[1:]


def test_it_is_quick_and_imports_nothing_heavy(tmp_path: Path, emulator: Emulator) -> None:
    killed(tmp_path, emulator)
    script = (
        "import sys; from supervisor.cli.main import main; main(['safe']); print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    environment = {**os.environ, "RUNTIME_DIRECTORY": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=20, check=True)
    assert SAFE_LINES[0] in done.stdout
    assert (
        set(done.stdout.splitlines()[-1].split()) & {"pydantic", "zmq", "structlog", "pykka", "smbus2", "rich", "adafruit_emc2101"} == set()
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*MODULE, "safe"], env=environment, capture_output=True, timeout=20, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3, (
        "of the processor; the rest of the time it does not wait"
    )


def test_without_any_list_the_file_is_asked(tmp_path: Path, emulator: Emulator) -> None:
    path = tmp_path / "config.py"
    killed(tmp_path, emulator)
    (tmp_path / "safe.json").unlink()
    done = safe(tmp_path, "--config", str(path), PIGPIO_ADDR="127.0.0.1", PIGPIO_PORT=str(emulator.port))
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, SAFE_LINES)


def test_without_a_list_and_without_a_good_file_it_says_so(tmp_path: Path) -> None:
    done = safe(tmp_path)
    assert done.returncode == 78
    assert "no daemon has written down what it drives" in done.stderr


def test_a_bench_without_hardware_on_this_machine_needs_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("I2C_BUS_ID = 249\nACTUATORS_CONFIG = []\nSENSORS_CONFIG = {}\n", encoding="utf-8")
    done = safe(tmp_path)
    assert (done.returncode, "nothing to do" in done.stdout) == (0, True)


def test_a_daemon_whose_list_and_place_cannot_be_written_runs_and_says_so(tmp_path: Path, emulator: Emulator) -> None:
    with hardware(tmp_path, emulator, RUNTIME_DIRECTORY=str(tmp_path / "missing")) as daemon:
        daemon.ready()
        for event in ("safe_list_failed", "reach_failed"):
            (record,) = daemon.records(event)
            assert "missing" in record["reason"]
        assert daemon.end() == 0


def test_lines_of_the_kernel_are_made_safe_by_the_process_itself(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").write_text("pinctrl-rp1", encoding="ascii")
    for pin, level in SAFE.items():
        (tmp_path / str(pin)).write_text(str(1 - int(level)), encoding="ascii")
    path = tmp_path / "config.py"
    path.write_text(BENCH.replace('"pin": 18', '"pin": 17').replace("25000", "50"), encoding="utf-8")
    settings: Any = {"hardware": [], "chip": str(tmp_path / "gpiochip0"), "pwm": None, "tree": None}
    document = safe_list.contents(load(path), {"backend": "kernel", "settings": settings}, ["gpiochip-of-a-test"])
    safe_list.write(document, {"RUNTIME_DIRECTORY": str(tmp_path)})
    done = safe(tmp_path, PYTHONPATH=os.pathsep.join([str(FAKE), str(ROOT)]))
    assert (done.returncode, done.stderr) == (0, "")
    assert [(tmp_path / str(pin)).read_text(encoding="ascii") for pin in (HEATER, LOW_HEATER, 17)] == ["0", "1", "0"]


@pytest.mark.parametrize(("fault", "code"), [(None, 0), ("unplug", 74), ("hang", 69)])
def test_a_fan_on_the_bus_is_stopped_after_the_pins_or_it_is_said_that_it_is_not(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, fault: str | None, code: int
) -> None:
    blower = {"id": "blower", "driver": "EMC2101_FAN", "heater": False, "pin": None, "address": 0x4C, "active_low": False}
    blower |= {"frequency": None, "min": 0, "max": 46, "safe": 0}
    spec = OutputSpec("blower", "blower", "Blower", "EMC2101_FAN", None, 0x4C, "%", 0.0, 46.0, None, 0.0, "fan")
    simulated = SimulatedBench(Bench("x", 1, (), (spec,)), SystemClock())

    class Bus:
        def __init__(self, path: BusPath) -> None:
            assert path == BusPath(1)
            self.transfer = simulated.bus.transfer

        def close(self) -> None:
            pass

    gpio: Any = None
    EMC2101_FAN(gpio, Wiring(None, 0x4C, None, 0, 46), simulated.bus).apply(23)
    monkeypatch.setattr("actors.hardware.i2c.muxed.linux_bus", Bus)
    monkeypatch.setattr(safe_now, "BUS", 0.5)
    document = {"config": "x", "locks": [], "bus": 1, "backend": "pigpio", "pigpiod": ["127.0.0.1", emulator.port], "outputs": [blower]}
    if fault is not None:
        simulated.fault("0x4C", fault)
    said: list[str] = []
    found, ended = safe_now.make_safe(document, said.append)
    simulated.clear()
    assert (found, ended) == (code, fault != "hang"), said
    assert said[0].startswith("blower (0x4C): safe, reads back 0" if fault is None else "blower (0x4C): NOT KNOWN TO BE SAFE"), said
    if fault is None:
        assert simulated.thermal.fan == 0.0


def test_a_holder_of_the_hardware_that_was_killed_but_cannot_end_counts_as_gone(tmp_path: Path, emulator: Emulator) -> None:
    document = {
        "config": "x",
        "locks": [f"pigpiod-localhost-{free_port()}"],
        "backend": "pigpio",
        "pigpiod": ["127.0.0.1", emulator.port],
        "outputs": [
            {"id": "h", "driver": "PWM", "heater": True, "pin": HEATER, "address": None, "frequency": 100, "min": 0, "max": 255,
             "active_low": False, "safe": 0},
        ],
    }  # fmt: skip
    emulator.board.write(HEATER, 1)
    status = tmp_path / str(os.getpid()) / "status"
    status.parent.mkdir()
    with HardwareLock(document["locks"]):  # type: ignore[arg-type]
        for pending, code in (("0000000000000000", 75), ("0000000000000100", 0)):
            status.write_text(f"State:\tD (disk sleep)\nSigPnd:\t0000000000000000\nShdPnd:\t{pending}\n", encoding="ascii")
            said: list[str] = []
            assert safe_now.make_safe(document, said.append, tmp_path) == (code, True), said
    assert duty(emulator) == 0.0
