"""One line for `systemctl status`."""

import time
from dataclasses import replace
from typing import Any

import pytest

from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.core.cells import OutputCell, SensorCell
from actors.core.mailbox import Vitals
from actors.drivers.base import NoOptions
from actors.errors import Fault
from actors.hardware.i2c.breakers import Breakers
from actors.leco.network import LecoCell, Presence
from actors.messages import Reading
from supervisor.daemon.systemd.status_line import StatusLine
from supervisor.tree.children.record import ChildSpec, Record, Running
from supervisor.tree.children.restart_policy import Life
from supervisor.tree.children.specs import OUTPUT_POLICY, SENSOR_POLICY
from tests.fakes import ManualClock

NOW = time.mktime((2026, 11, 23, 14, 2, 30, 0, 0, -1))
NEVER: Any = None


def sensor(name: str, address: int) -> SensorSpec:
    return SensorSpec(name, name, name, "TMP102", address, "°C", 1.0, 0.25, 0.0, NoOptions())


def heater(name: str, pin: int) -> OutputSpec:
    return OutputSpec(name, name, name, "PWM", pin, None, "%", 0.0, 255.0, 100.0, 0.0, "heater")


class Rig:
    """What the line wants of a rig."""

    def __init__(self, clock: ManualClock, *, simulated: bool) -> None:
        self.simulated = simulated
        self.breakers = Breakers(1, clock, "I2C bus {}".format)
        self.breaker = self.breakers.main


class Played:
    """A supervisor as the line sees it."""

    def __init__(self, clock: ManualClock, sensors: int = 6, heaters: int = 1, *, simulated: bool = False) -> None:
        self.clock = clock
        specs = tuple(sensor(f"t_{number}", 0x48 + number) for number in range(1, sensors + 1))
        outputs = tuple(heater(f"h_{number}", number) for number in range(1, heaters + 1))
        self.bench = Bench("test", 1, specs, outputs)
        self.rig = Rig(clock, simulated=simulated)
        self.records = {spec.id: self._record(spec.id, "sensor", SensorCell(spec.id, lambda _message: None)) for spec in specs}
        for spec in outputs:
            self.records[spec.id] = self._record(spec.id, "output", OutputCell(spec.id, lambda _message: None))
            self.heat(spec.id, 0.0)

    def _record(self, name: str, kind: str, cell: Any) -> Record:
        policy = SENSOR_POLICY if kind == "sensor" else OUTPUT_POLICY
        running = Running(NEVER, lambda _message: None, Vitals(None), cell, lambda: None, lambda: None)
        return Record(ChildSpec(name, kind, NEVER, policy, 3.0), Life("running", 1, since=self.clock.monotonic()), running)

    def heat(self, name: str, value: float | None) -> None:
        running = self.records[name].running
        assert running is not None
        running.cell.publish(value, 0.0)

    def read(self, name: str, **values: float | Fault) -> None:
        running, now = self.records[name].running, self.clock.monotonic()
        assert running is not None
        running.cell.publish(Reading(values, values, now, now, 0.0))

    def state(self, name: str, state: str, code: str = "no_ack") -> None:
        record = self.records[name]
        record.life = replace(record.life, state=state, since=self.clock.monotonic(), fault=Fault(code, "why"))


class Systemctl:
    """The line, and the wall clock beside it."""

    def __init__(self, clock: ManualClock) -> None:
        self._begun = clock.monotonic()
        self._clock = clock
        self.line = StatusLine(clock, self.wall)

    def wall(self) -> float:
        return NOW + self._clock.monotonic() - self._begun

    def shows(self, played: Played) -> str:
        supervisor: Any = played
        return self.line.text(supervisor)


@pytest.fixture
def systemctl(clock: ManualClock) -> Systemctl:
    return Systemctl(clock)


@pytest.mark.parametrize(
    ("state", "code", "word"),
    [
        ("backoff", "bus_io", "lost"),
        ("backoff", "hung", "hanging"),
        ("failed", "bus_io", "failed"),
        ("degraded", "bus_io", "in trouble"),
        ("degraded", "no_ack", "in trouble"),
    ],
)
def test_every_trouble_has_a_word(clock: ManualClock, systemctl: Systemctl, state: str, code: str, word: str) -> None:
    bench = Played(clock)
    bench.state("t_1", state, code)
    assert systemctl.shows(bench) == f"5 of 6 sensors, heater off; t_1 {word} since 14:02"


def test_what_only_starts_is_counted_and_no_trouble_of_long_ago(clock: ManualClock, systemctl: Systemctl) -> None:
    bench = Played(clock)
    for name in ("t_1", "t_2"):
        bench.records[name].life = Life()
    assert systemctl.shows(bench) == "4 of 6 sensors, heater off; 2 starting"


@pytest.mark.parametrize(("value", "word"), [(0.0, "off"), (12.5, "on"), (None, "unknown")])
def test_the_heater_is_said_to_do_what_it_reads_back(clock: ManualClock, systemctl: Systemctl, value: float | None, word: str) -> None:
    bench = Played(clock)
    bench.heat("h_1", value)
    assert systemctl.shows(bench) == f"6 of 6 sensors, heater {word}"


def test_a_stuck_bus_is_one_trouble_and_not_six(clock: ManualClock, systemctl: Systemctl) -> None:
    bench = Played(clock)
    for address in (0x48, 0x49):
        bench.rig.breaker.stuck(address)
    for number in range(1, 7):
        bench.state(f"t_{number}", "backoff", "bus_stuck")
    assert systemctl.shows(bench) == "0 of 6 sensors, heater off; I2C bus 1 stuck since 14:02"


def test_the_line_stays_the_same_while_nothing_changes(clock: ManualClock, systemctl: Systemctl) -> None:
    bench = Played(clock)
    bench.state("t_1", "absent")
    lines = set()
    for _ in range(1000):
        clock.advance(0.51)
        lines.add(systemctl.shows(bench))
    assert len(lines) == 1


def test_a_broken_channel_is_named_and_its_sensor_not_counted_as_well(clock: ManualClock, systemctl: Systemctl) -> None:
    bench = Played(clock)
    bench.read("t_1", temp=Fault("diode_open", "its wire is broken"), fan=Fault("no_tachometer", "alert_pin"))
    bench.read("t_2", temp=Fault("no_tachometer", "alert_pin"))
    clock.advance(3600)
    bench.read("t_1", temp=Fault("diode_open", "its wire is broken"))
    assert systemctl.shows(bench) == "5 of 6 sensors, heater off; t_1.temp broken since 14:02"
    bench.read("t_1", temp=Fault("over_range", "hotter than it can tell"))
    assert systemctl.shows(bench) == "5 of 6 sensors, heater off; t_1.temp above all it can tell since 14:02"
    bench.read("t_1", temp=20.0)
    assert systemctl.shows(bench) == "6 of 6 sensors, heater off"


def test_it_says_as_whom_the_bench_is_in_its_network_or_why_not(clock: ManualClock, systemctl: Systemctl) -> None:
    played = Played(clock)
    cell = LecoCell()
    played.records["leco"] = played._record("leco", "leco", cell)
    assert "LECO" not in systemctl.shows(played), "nothing is known yet"
    cell.presence = Presence(True, "lab", 0.0, ("bench1", "bench1_t_1"))
    assert systemctl.shows(played) == "6 of 6 sensors, heater off, in LECO as lab.bench1"
    cell.presence = Presence()
    for code, words in (("not_joined", "no LECO coordinator"), ("name_taken", "LECO name taken")):
        played.state("leco", "degraded", code)
        assert systemctl.shows(played) == f"6 of 6 sensors, heater off; {words} since 14:02"
