"""`pilotage scan` over several buses and multiplexers of simulated chips: what it names, what it proposes, and that it writes nothing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.hardware.i2c.adapters import buses
from actors.hardware.lock import HardwareLock, bus_lock
from actors.hardware.sim.bench import SimulatedBench
from supervisor.configuration.file.loader import check
from tests.fakes import ManualClock
from tests.supervisor.cli.conftest import Run

THREE, OTHER = BusPath(1, 0x70, 3), BusPath(3)
CONFIG = """\
I2C_BUS_ID = 1
SENSORS_CONFIG = {0x48: {"driver": "TMP102", "name": "t"}}
ACTUATORS_CONFIG = []
"""


def chip(name: str, driver: str, address: int, bus: BusPath | None = None) -> SensorSpec:
    return SensorSpec(name, name, name, driver, address, "", 1.0, 1.0, 0.0, None, {}, bus)


SENSORS = (
    chip("t", "TMP102", 0x48),
    chip("p", "BME280", 0x77),
    chip("a", "TMP117", 0x49, THREE),
    chip("h", "AHT20", 0x38, THREE),
    chip("e", "EMC2101", 0x4C, OTHER),
)
PORT = OutputSpec("port", "port", "", "PCF8574", None, 0x20, "", 0.0, 1.0, None, 0.0, "output", channel=0, wire=0x120)
DAC = OutputSpec("dac", "dac", "", "MCP4725", None, 0x62, "V", 0.0, 3.3, None, 0.0, "output")


class World:
    """The simulated buses in the place of this machine's; `written` are all bytes that were sent, by place."""

    def __init__(self, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sim = SimulatedBench(Bench("x", 1, SENSORS, (PORT, DAC)), clock)
        self.written: dict[tuple[str, int], list[bytes]] = {}
        self.there = [BusPath(1), THREE, OTHER]
        monkeypatch.setattr("actors.hardware.i2c.adapters.buses", lambda: self.there)
        monkeypatch.setattr("actors.hardware.i2c.muxed.linux_bus", lambda path, _timeout: Way(self, path))


class Way:
    def __init__(self, world: World, path: BusPath) -> None:
        self._world, self._path = world, path
        self._bus: Any = world.sim.at(path)

    def probe(self, address: int) -> bool:
        answers: bool = self._bus.probe(address)
        return answers

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        if data is not None:
            self._world.written.setdefault((str(self._path), address), []).append(data)
        answer: bytes = self._bus.transfer(address, data, length)
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def world(clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    (tmp_path / "config.py").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return World(clock, monkeypatch)


def test_everything_is_named_on_every_bus_and_nothing_is_written(world: World, run: Run) -> None:
    before = {port: world.sim.bus.chips[port].read(2) for port in (0x20,)}
    code, out, err = run("scan", "--json")

    found = {(entry["bus"], entry["address"]): (entry["state"], entry["chip"], entry["configured"]) for entry in json.loads(out)}
    assert (code, err) == (0, "")
    assert found == {
        ("i2c-1", "0x20"): ("unknown", None, None),
        ("i2c-1", "0x48"): ("identified", "TMP102", "TMP102"),
        ("i2c-1", "0x62"): ("unknown", None, None),
        ("i2c-1", "0x77"): ("identified", "BME280", None),
        ("i2c-1/0x70/3", "0x38"): ("unknown", None, None),
        ("i2c-1/0x70/3", "0x49"): ("identified", "TMP117", None),
        ("i2c-3", "0x4c"): ("identified", "EMC2101", None),
    }
    assert {len(data) for place in world.written.values() for data in place} == {1}, "nothing but the numbers of registers"
    assert not {("i2c-1", 0x20), ("i2c-1", 0x62), ("i2c-1/0x70/3", 0x38)} & world.written.keys()
    assert before == {0x20: world.sim.bus.chips[0x20].read(2)}


def test_the_lines_that_it_prints_are_a_bench(world: World, run: Run, tmp_path: Path) -> None:
    code, out, _err = run("scan")
    lines = out.partition("for SENSORS_CONFIG in config.py:\n")[2]
    file = tmp_path / "new.py"
    file.write_text(CONFIG.replace("= {0x48", f"= {{\n{lines}0x48"), encoding="utf-8")

    bench, problems, _warnings = check(file)

    assert (code, problems) == (0, ())
    assert bench is not None
    assert {(spec.driver, spec.where) for spec in bench.sensors} == {
        ("TMP102", "0x48"),
        ("BME280", "0x77"),
        ("TMP117", "i2c-1/0x70/3:0x49"),
        ("EMC2101", "i2c-3:0x4C"),
    }
    assert "it could be: AHT10, AHT20" in out


def test_a_bus_that_is_stuck_is_left_and_the_others_are_looked_at(world: World, run: Run) -> None:
    world.sim.fault("bus", "timeout", seconds=0.0)

    _code, out, _err = run("scan", "--json")

    assert [(entry["bus"], entry["state"]) for entry in json.loads(out)] == [("i2c-1", "bus_timeout"), ("i2c-3", "identified")]


def test_it_looks_beside_a_daemon_that_holds_the_bus(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.hardware.lock.PREFIX", f"\0pilotage.test.{os.getpid()}.")
    with HardwareLock([bus_lock(1)]):
        assert run("scan")[0] == 0


def test_adapters_and_channels_are_those_of_the_kernel_without_those_of_screens(tmp_path: Path) -> None:
    for number, name in ((1, "bcm2835 (i2c@7e804000)"), (3, "i2c-gpio"), (11, "i2c-1-mux (chan_id 3)"), (20, "AMDGPU DM i2c hw bus 0")):
        (tmp_path / f"i2c-{number}").mkdir()
        (tmp_path / f"i2c-{number}" / "name").write_text(name, encoding="utf-8")
    (tmp_path / "i2c-11" / "mux_device").symlink_to("../1-0070")
    (tmp_path / "1-0070").mkdir()
    (tmp_path / "1-0070" / "channel-3").symlink_to("../i2c-11")

    assert buses(tmp_path) == [BusPath(1), BusPath(1, 0x70, 3), BusPath(3)]


@pytest.fixture(autouse=True)
def _no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILOTAGE_CONFIG", raising=False)
