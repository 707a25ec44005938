"""Failures of the bench itself, each broken on a whole daemon: real actors and drivers, simulated bench, time moved by hand."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from supervisor.configuration import load
from supervisor.rig.rig import SimulatedRig
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock
from tests.supervisor.tree import conftest
from tests.supervisor.tree.daemon import Daemon

ROOT = Path(__file__).resolve().parents[2]
SENSOR, HEATER, FAN = 0x48, 23, 18
CLIENT_GONE = '    {"name": "client_gone", "kind": "client_lost", "outputs": ["resistance"]},\n'


log = conftest.log


class Bench(Daemon):
    """The default bench with its interlocks and its one sensor that they watch."""

    def __init__(self, clock: ManualClock, log: Logbook, folder: Path, more: str = "") -> None:
        super().__init__(clock, log)
        path = folder / "config.py"
        text = (ROOT / "config.py").read_text(encoding="utf-8")
        path.write_text(text.replace("INTERLOCKS = [\n", f"INTERLOCKS = [\n{more}"), encoding="utf-8")
        whole = load(path)
        sensors = tuple(spec for spec in whole.sensors if spec.address == SENSOR)
        self.bench = dataclasses.replace(whole, sensors=sensors, bind="127.0.0.1")
        self.rig = SimulatedRig(self.bench, clock)
        self.sim = self.rig.bench

    def heated(self, value: float = 255.0) -> "Bench":
        self.up()
        reply = self.drive(HEATER, value)
        assert reply == {"state": "ACK", "value": value}
        return self

    def off(self) -> bool:
        return self.sim.pigpio.duty_at(HEATER) == 0.0

    def tripped(self) -> set[str]:
        return {record["interlock"] for record in self.log.of("interlock_tripped")}

    def off_within(self, seconds: float) -> None:
        assert not self.off()
        self.until(self.off, "the heater is off", seconds)


@pytest.fixture
def make(clock: ManualClock, log: Logbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr("actors.interlocks.actor.log", log.logger())
    made: list[Bench] = []

    def make(more: str = "") -> Bench:
        made.append(Bench(clock, log, tmp_path, more))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()


def refused(bench: Bench) -> Any:
    reply = bench.drive(HEATER, 255)
    assert reply["state"] == "ERROR"
    return reply


def test_a_sensor_that_is_lost_switches_its_heater_off(bench: Bench) -> None:
    bench.heated()
    bench.sim.fault("t_resistance", "unplug")
    bench.off_within(5.5)
    assert "pilotage reset sensor_lost" in refused(bench)["value"]


def test_a_sensor_that_hangs_switches_its_heater_off(bench: Bench) -> None:
    bench.heated()
    bench.sim.fault("t_resistance", "hang")
    bench.off_within(6.5)


def test_a_bus_that_is_stuck_switches_the_heater_off(bench: Bench) -> None:
    bench.heated()
    bench.sim.fault("bus", "stuck")
    bench.off_within(6.5)


def test_a_sensor_that_is_stuck_at_one_value_switches_its_heater_off(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.up()
    monkeypatch.setattr(bench.sim.bus.chips[SENSOR], "_temperature", lambda _at: 22.0)
    assert bench.drive(HEATER, 255)["state"] == "ACK"
    bench.off_within(62.0)
    assert bench.tripped() == {"not_heating"}


def test_a_sensor_that_is_wrong_by_far_switches_its_heater_off_and_the_fan_to_full(bench: Bench) -> None:
    bench.heated()
    bench.sim.fault("t_resistance", "shift", degrees=80.0)
    bench.off_within(1.5)
    assert bench.tripped() == {"too_hot"}
    bench.until(lambda: bench.sim.thermal.fan == 1.0, "the fan cools", 1.0)


def test_a_heater_or_a_sensor_that_has_come_off_is_switched_off(bench: Bench) -> None:
    bench.heated()
    bench.sim.fault("resistance", "disconnected")
    bench.off_within(62.0)
    assert bench.tripped() == {"not_heating"}


def test_a_transistor_that_is_shorted_is_noticed_and_cooled(bench: Bench) -> None:
    bench.up()
    bench.run(121.0)
    bench.sim.fault("resistance", "shorted")
    bench.until(lambda: bench.tripped() == {"stuck_on"}, "it is noticed", 61.0)
    bench.until(lambda: bench.sim.thermal.fan == 1.0, "the fan cools", 1.0)
    assert refused(bench)["code"].startswith("interlock")


def test_the_death_of_the_interlock_actor_switches_the_heater_off_until_it_is_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from actors.interlocks.actor import InterlockActor

    bench.heated()

    def broken(_self: InterlockActor) -> None:
        raise ZeroDivisionError("a bug in the interlocks")

    with monkeypatch.context() as patch:
        patch.setattr(InterlockActor, "begin", broken)
        running = bench.record("interlocks").running
        assert running is not None
        assert not bench.off()
        running.ref.stop(block=False)
        bench.until(bench.off, "the heater is off", 2.0)
        assert refused(bench)["state"] == "ERROR"
    bench.until(lambda: bench.state("interlocks") == "running", "the interlocks are back")
    bench.until(lambda: bench.drive(HEATER, 255)["state"] == "ACK", "the heater can be set again", 5.0)


def test_a_client_that_is_gone_switches_the_heater_off_where_that_is_wanted(make: Callable[..., Bench]) -> None:
    bench = make(CLIENT_GONE).heated()
    bench.leave()
    bench.off_within(30.0)
    assert bench.tripped() == {"client_gone"}
