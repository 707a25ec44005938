"""An output on the I2C bus: driven by its address, supervised as whatever else is on the bus, and no danger to anybody else."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.bench.buses import BusPath
from actors.bench.devices import OutputSpec
from actors.hardware.sim.chips.outputs import Mcp23017
from tests.actors.outputs.driving import HEATER
from tests.supervisor.tree.daemon import HOT, Daemon, sensor

EMC = sensor("emc", 0x4C, "EMC2101")
BLOWER = OutputSpec("blower", "blower", "Blower", "EMC2101_FAN", None, 0x4C, "%", 0.0, 46.0, None, 0.0, "fan")


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    daemon: Daemon = make_daemon(sensors=(HOT, EMC), outputs=(HEATER, BLOWER)).up()
    return daemon


def blow(daemon: Daemon, value: float) -> Any:
    return daemon.ask(type="PI", register="add", add="0x4C", value=value)


def test_it_is_driven_and_read_back_by_its_address_beside_the_sensor_of_the_same_chip(daemon: Daemon) -> None:
    assert blow(daemon, 23) == {"state": "ACK", "value": 23.0}
    assert daemon.sim.thermal.fan == 0.5
    assert daemon.read(0x4C)["state"] == "ACK"
    output = daemon.query("status")["outputs"]["blower"]
    assert (output["read_back"], output["lease"]) == (23.0, None)
    daemon.run(10)
    assert daemon.query("status")["healthy"]
    assert daemon.sim.thermal.fan == 0.5


def test_a_chip_that_is_unplugged_and_plugged_in_again_gets_its_set_point_back(daemon: Daemon) -> None:
    blow(daemon, 23)
    daemon.sim.fault("0x4C", "unplug")
    daemon.until(lambda: daemon.state("blower") == "absent", "it is missed")
    reply = blow(daemon, 46)
    assert (reply["state"], reply["code"]) == ("ERROR", "no_ack")
    assert daemon.drive(23, 50)["value"] == 50.0
    daemon.sim.clear("0x4C")
    daemon.until(lambda: daemon.state("blower") == "running", "it is back")
    assert daemon.sim.thermal.fan == 0.5


def test_a_chip_that_hangs_is_fenced_and_the_daemon_goes_on(daemon: Daemon) -> None:
    blow(daemon, 23)
    daemon.sim.fault("0x4C", "hang")
    daemon.until(lambda: daemon.record("blower").life.blocked and daemon.record("emc").life.blocked, "both are fenced")
    assert daemon.drive(23, 50)["value"] == 50.0
    daemon.run(20)
    assert (daemon.progress.finished.is_set(), daemon.progress.failure) == (False, None)
    daemon.sim.clear("0x4C")
    daemon.until(lambda: daemon.state("blower") == "running" and daemon.state("emc") == "running", "both are back")
    assert daemon.sim.thermal.fan == 0.5


VALVES = tuple(
    OutputSpec(
        f"valve{number}", f"valve{number}", "", "MCP23017", None, 0x20, "", 0.0, 1.0, None, 0.0, "output",
        bus=BusPath(1, 0x70, 2), channel=number, wire=0x120 + number,
    )
    for number in range(2)
)  # fmt: skip


def test_outputs_of_one_chip_behind_a_multiplexer_are_off_at_the_start_driven_by_their_numbers_and_off_at_the_end(
    make_daemon: Callable[..., Daemon],
) -> None:
    daemon: Daemon = make_daemon(sensors=(HOT,), outputs=(HEATER, *VALVES)).up()
    chip = daemon.sim.buses[1].chips[0x70, 2, 0x20]
    assert isinstance(chip, Mcp23017)

    assert [daemon.ask(type="PI", register="add", add=hex(spec.wire or 0), value=1) for spec in VALVES] == [
        {"state": "ACK", "value": 1.0}
    ] * 2
    assert [chip.duty(channel) for channel in range(3)] == [1.0, 1.0, 0.0]
    outputs = daemon.query("status")["outputs"]
    assert [(outputs[spec.id]["goes_on"], outputs[spec.id]["lease"]) for spec in VALVES] == [(True, None)] * 2
    assert daemon.ask(type="off")["state"] == "ACK"
    assert [chip.duty(channel) for channel in range(2)] == [0.0, 0.0]


def test_a_chip_that_has_lost_its_supply_is_noticed_and_its_output_is_set_again(make_daemon: Callable[..., Daemon]) -> None:
    daemon: Daemon = make_daemon(sensors=(HOT,), outputs=(HEATER, *VALVES)).up()
    daemon.ask(type="PI", register="add", add="0x120", value=1)
    chip = daemon.sim.buses[1].chips[0x70, 2, 0x20]
    chip.power_cycle()

    daemon.until(lambda: daemon.state("valve0") != "running", "it is noticed", 30)
    daemon.until(daemon.serves, "it is set again", 30)
    daemon.run(5)

    assert daemon.state("valve0") == daemon.state("valve1") == "running"
