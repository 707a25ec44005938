"""Drivers outside this program: a folder beside the bench's file, one of the system, installed packages."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.errors import PermanentError
from supervisor.cli.commands.files import drivers as command
from supervisor.configuration import check
from supervisor.configuration.outside import ORIGINS, take_over
from tests.actors.drivers.fakebus import FakeBus, Registers
from tests.fakes import ManualClock

DRIVER = '''
from actors.drivers.base import Channel, SensorDriver
from actors.drivers.registers import read_register

class ODD(SensorDriver):
    """Raises nothing."""
    chip = "ODD1"
    channels = (Channel("odd", "V"),)
    max_age = min_period = 1.0

    def connect(self): pass

    def measure(self):
        return {"odd": read_register(self.bus, self.address, 0, 2) / 10}
'''
BENCH = "ACTUATORS_CONFIG = []\nSENSORS_CONFIG = {0x20: {'driver': 'ODD1', 'name': 'odd'}, 0x48: {'driver': 'TMP102', 'name': 't'}}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "drivers").mkdir()
    (tmp_path / "config.py").write_text(BENCH)
    yield tmp_path / "config.py"
    for name in tuple(ORIGINS):
        del SENSOR_DRIVER_REGISTRY[name], ORIGINS[name]


def put(bench: Path, text: str, name: str = "odd.py") -> Path:
    path = bench.parent / "drivers" / name
    path.write_text(text)
    return path


def test_a_file_beside_the_bench_is_a_driver_as_ours_are(bench: Path, clock: ManualClock) -> None:
    path = put(bench, DRIVER)
    found, problems, warnings = check(bench)
    assert (problems, warnings) == ((), ())
    assert found is not None
    assert {"ODD1": str(path)} == ORIGINS
    kind = SENSOR_DRIVER_REGISTRY["ODD1"]
    assert kind(FakeBus(0x20, Registers(2, {0: 33})), 0x20, kind.Options(), clock).measure() == {"odd": 3.3}


def test_a_file_that_changed_is_read_again_and_what_worked_stays_for_the_bench_that_runs(bench: Path) -> None:
    path = put(bench, DRIVER)
    take_over(bench)
    path.write_text(DRIVER.replace('"V"', '"mV"'))
    os.utime(path, ns=(1, 1))
    take_over(bench)
    assert SENSOR_DRIVER_REGISTRY["ODD1"].channels[0].units == "mV"
    worked = SENSOR_DRIVER_REGISTRY["ODD1"]
    path.write_text("1 / 0\n" + DRIVER)
    assert "are not there" in take_over(bench)[0]
    assert SENSOR_DRIVER_REGISTRY["ODD1"] is worked
    path.unlink()
    assert take_over(bench) == ()
    assert SENSOR_DRIVER_REGISTRY["ODD1"] is worked


@pytest.mark.parametrize("broken", ["import nothing_such\n", "raise SystemExit\n", "1 / 0\n"])
def test_a_file_that_does_not_import_costs_only_its_own_sensors(broken: str, bench: Path, clock: ManualClock) -> None:
    put(bench, broken + DRIVER)
    found, problems, warnings = check(bench)
    assert problems == ()
    assert found is not None
    assert [sensor.driver for sensor in found.sensors] == ["ODD1", "TMP102"]
    assert "are not there" in warnings[0]
    kind = SENSOR_DRIVER_REGISTRY["ODD1"]
    with pytest.raises(PermanentError, match="does not import") as caught:
        kind(FakeBus(0x20, Registers(2, {})), 0x20, kind.Options(), clock).connect()
    assert caught.value.code == "driver_broken"


def test_nothing_else_of_the_bench_is_refused_for_a_driver_that_does_not_import(bench: Path) -> None:
    put(bench, "1 / 0\n" + DRIVER)
    bench.write_text(
        "ACTUATORS_CONFIG = [{'name': 'heater', 'driver': 'PWM', 'pin': 23, 'min': 0, 'max': 100, 'pwm_frequency': 100}]\n"
        "SENSORS_CONFIG = {'odd': {'driver': 'ODD1', 'port': 3, 'wire': {'flow': 0x180},"
        " 'calibration': {'flow': {'scale': 2}}},"
        " 'plain': {'driver': 'ODD1', 'serial': 'x'}, 0x48: {'driver': 'TMP102', 'name': 't'}}\n"
        "INTERLOCKS = [{'name': 'hot', 'kind': 'limit', 'sensor': 'odd', 'channel': 'heat', 'above': 90, 'outputs': ['heater']},"
        " {'name': 'lost', 'kind': 'stale', 'sensor': 'plain', 'seconds': 9, 'outputs': ['heater']}]\n"
    )
    found, problems, _ = check(bench)
    assert problems == ()
    assert found is not None
    assert [str(channel) for lock in found.interlocks for channel in lock.watched] == ["odd.heat", "plain.value"]


def test_an_installed_package_brings_drivers_and_one_that_does_not_import_says_so(
    bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    for name, text in (("oddlab", DRIVER.replace("ODD1", "ODD2")), ("badlab", "import nothing_such\n")):
        about = site / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[pilotage.drivers]\n{name} = {name}\n")
        (site / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(site)
    problems = take_over(bench)
    assert problems == ("the drivers of package badlab are not there: ModuleNotFoundError: No module named 'nothing_such'",)
    assert ORIGINS["ODD2"] == "package oddlab"
    assert SENSOR_DRIVER_REGISTRY["ODD2"].channels[0].units == "V"
    monkeypatch.delitem(sys.modules, "oddlab")


def test_under_systemd_a_file_that_others_may_write_is_not_executed(bench: Path) -> None:
    ran = bench.parent / "ran"
    path = put(bench, f"open({str(ran)!r}, 'w').close()\n" + DRIVER)
    bench.parent.joinpath("drivers").chmod(0o755)
    path.chmod(0o666)
    problems = take_over(bench, environ={"INVOCATION_ID": "1"})
    assert "others may write" in problems[0]
    assert not ran.exists()
    path.chmod(0o644)
    assert take_over(bench, environ={"INVOCATION_ID": "1"}) == ()
    assert ran.exists()


def test_a_name_of_ours_is_not_taken_away(bench: Path) -> None:
    put(bench, DRIVER.replace('"ODD1"', '"TMP102"'))
    assert "which pilotage itself has" in take_over(bench)[0]
    assert SENSOR_DRIVER_REGISTRY["TMP102"].__module__ == "actors.drivers.temperature.tmp102"


def test_the_command_lists_them_with_their_origin(bench: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    path = put(bench, DRIVER)
    assert command.main(argparse.Namespace(config=str(bench), json=False)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].split() == ["ODD1", str(path), "odd", "V"]
    assert any(line.split()[:2] == ["SCD40", "pilotage"] for line in lines)


@pytest.mark.parametrize(("driver", "warned"), [("LM75", True), ("AHT10", True), ("AHT20", False), ("MCP9808", False)])
def test_a_heater_that_rests_on_a_sensor_which_cannot_say_that_it_measures_nothing(driver: str, warned: bool, bench: Path) -> None:
    address = {"LM75": 0x48, "AHT10": 0x38, "AHT20": 0x38, "MCP9808": 0x18}[driver]
    bench.write_text(
        "ACTUATORS_CONFIG = [{'name': 'heater', 'driver': 'PWM', 'pin': 23, 'min': 0, 'max': 100, 'pwm_frequency': 100}]\n"
        f"SENSORS_CONFIG = {{{address}: {{'driver': '{driver}', 'name': 't_oven'}}}}\n"
        "INTERLOCKS = [{'name': 'hot', 'kind': 'limit', 'sensor': 't_oven', 'above': 90, 'outputs': ['heater']}]\n"
    )
    _, problems, warnings = check(bench)
    assert problems == ()
    assert any("MCP9601, MAX31856" in text for text in warnings) is warned
