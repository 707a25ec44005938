"""Sensors on SPI and of the kernel, under the whole daemon: fenced like any other, counted for the bus below them, and back again."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.bench.devices import SensorSpec
from actors.core import events
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY
from tests.fakes import wait
from tests.supervisor.tree.daemon import HOT, Daemon

MakeDaemon = Callable[..., Daemon]
CHANNELS = {"channels": {"temp": "temp1"}}
QUANTITIES = {"channels": {"temp": "temp"}}
BEHIND = {"parent": 1, "mux": 0x70, "channel": 3, "address": 0x44}


def elsewhere(name: str, driver: str, wire: int, **options: Any) -> SensorSpec:
    kind = SENSOR_DRIVER_REGISTRY[driver]
    chosen = kind.Options(**options)
    where, below = kind.place(chosen), kind.below(chosen)
    return SensorSpec(name, name, name, driver, 0, "°C", 1.0, kind.max_age, 1.0, chosen, wires={"temp": wire}, at=where, below=below)


OVEN = elsewhere("oven", "MAX31865", 0x800, spi="0.0")
CELL = elsewhere("cell", "MAX31856", 0x801, spi="0.1")
MONITOR = elsewhere("monitor", "hwmon", 0x802, device="i2c:1-0049", **CHANNELS)
ROOM = elsewhere("room", "IIO", 0x803, device=BEHIND, **QUANTITIES)
BATH = elsewhere("bath", "W1", 0x804, serial="28-0123456789ab")
OTHER = elsewhere("other", "hwmon", 0x805, device="i2c:3-0048", **CHANNELS)
OTHERS = elsewhere("others", "IIO", 0x806, device="i2c:3-0049", **QUANTITIES)
CPU = elsewhere("cpu", "hwmon", 0x807, device="name:cpu_thermal", **CHANNELS)
ALL = (HOT, OVEN, CELL, MONITOR, ROOM, BATH, OTHER, OTHERS, CPU)


@pytest.fixture
def bench(make_daemon: MakeDaemon) -> Daemon:
    daemon = make_daemon(sensors=ALL)
    daemon.start().until(daemon.serves, "everything serves")
    return daemon


def read(bench: Daemon, spec: SensorSpec) -> Any:
    return bench.ask(type="AQ", register="add", add=hex(spec.wires["temp"]))


@pytest.mark.parametrize("spec", [OVEN, CELL, MONITOR, ROOM, CPU], ids=lambda spec: spec.id)
def test_one_that_hangs_is_fenced_within_a_second_and_comes_back_without_a_stale_value(bench: Daemon, spec: SensorSpec) -> None:
    before = read(bench, spec)
    assert before["state"] == "ACK"
    bench.run(1.0)  # so that a sample is due at once
    bench.stuck.add(spec.id)
    old = bench.record(spec.id).running
    assert old is not None
    bench.sim.fault(spec.id, "hang")
    bench.until(lambda: old.inside() is not None, "it hangs", 2)
    took = bench.until(lambda: bench.record(spec.id).life.blocked, "the hang is noticed", 5)
    assert took <= 1.0

    bench.run(30)
    assert read(bench, spec)["state"] == "ERROR"
    assert read(bench, HOT_AS_WIRED)["state"] == "ACK"
    outcome = old.cell.outcome
    bench.sim.clear(spec.id)
    wait(old.ref.actor_stopped)
    bench.stuck.clear()
    bench.until(bench.serves, "it is back", 30)
    assert old.cell.outcome is outcome, "what the lost thread brings is nobody's"
    assert (read(bench, spec)["state"], bench.generation(spec.id)) == ("ACK", 2)


HOT_AS_WIRED = SensorSpec("hot", "hot", "hot", "TMP102", 0x48, "°C", 1.0, 1.0, 1.0, None, wires={"temp": 0x48})


def test_a_conversion_on_one_wire_may_take_its_time(bench: Daemon) -> None:
    bench.stuck.add("bath")
    bench.sim.fault("bath", "hang")
    bench.run(8)
    assert not bench.record("bath").life.blocked
    bench.sim.clear("bath")
    bench.stuck.clear()
    bench.run(2)

    assert (bench.state("bath"), bench.generation("bath")) == ("running", 1)


def test_time_outs_of_the_kernel_are_the_buss_and_a_bus_that_is_down_is_asked_by_one_prober_alone(bench: Daemon) -> None:
    bench.sim.fault("i2c-3", "stuck")
    bench.until(lambda: bench.query("status")["buses"]["the simulated I2C bus 3"]["state"] == "down", "the bus is down", 10)

    assert {read(bench, spec)["code"] for spec in (OTHER, OTHERS)} == {"bus_stuck"}
    assert {read(bench, spec)["state"] for spec in (OVEN, MONITOR, ROOM, CPU)} == {"ACK"}
    bench.run(20)
    assert len(bench.log.of(events.BUS_STUCK)) == 1, "finding a file proves nothing of the bus"

    bench.sim.clear()
    bench.until(bench.serves, "both are back", 10)
    assert len(bench.log.of(events.BUS_RECOVERED)) == 1


def test_a_chip_of_ours_and_one_of_the_kernels_that_time_out_are_a_bus_that_is_stuck(bench: Daemon) -> None:
    for spec in (HOT, MONITOR):
        bench.sim.fault(spec.id, "timeout", seconds=0.1)
    bench.until(lambda: bench.log.of(events.BUS_STUCK), "the bus is known to be stuck", 60)

    reason = bench.log.of(events.BUS_STUCK)[0]["reason"]
    assert "0x48" in reason
    assert "0x49" in reason


def test_a_multiplexer_that_does_not_answer_is_the_fault_of_what_the_kernel_reads_behind_it(bench: Daemon) -> None:
    bench.sim.fault("i2c-1/0x70", "unplug")
    bench.until(lambda: read(bench, ROOM)["state"] == "ERROR", "it is noticed", 10)
    assert read(bench, ROOM)["code"] == "mux_absent"
    assert read(bench, MONITOR)["state"] == "ACK"

    bench.sim.clear()
    bench.until(bench.serves, "it is back", 30)


@pytest.mark.parametrize(
    ("name", "kind", "codes"),
    [
        ("oven", "unplug", {"no_answer"}),
        ("oven", "open", {"probe_open"}),
        ("cell", "short", {"probe_short"}),
        ("cell", "brown_out", {"settings_lost", "no_answer"}),
        ("bath", "unplug", {"no_device"}),
        ("bath", "garbage", {"bad_frame"}),
        ("monitor", "unplug", {"no_ack", "bad_contact"}),
        ("monitor", "garbage", {"bus_io"}),
        ("room", "eio", {"bus_io"}),
        ("cpu", "unplug", {"no_device"}),
    ],
)
def test_what_can_be_broken_on_a_simulated_bench_is_an_error_and_heals(bench: Daemon, name: str, kind: str, codes: set[str]) -> None:
    spec = next(spec for spec in ALL if spec.id == name)
    always = {"rate": 0.99} if kind == "brown_out" else {}
    bench.sim.fault(name, kind, **always)
    bench.until(lambda: read(bench, spec)["state"] == "ERROR", "it is noticed", 20)
    assert read(bench, spec)["code"] in codes

    bench.sim.clear(name)
    bench.until(lambda: read(bench, spec)["state"] == "ACK", "it is well again", 60)


def test_a_dip_of_a_ds18b20_is_no_85_degrees(bench: Daemon) -> None:
    bench.sim.fault("bath", "brown_out")
    bench.run(2)

    assert abs(float(read(bench, BATH)["value"]) - 22) < 5
    assert not bench.log.of(events.CHILD_LOST, child="bath")


def test_a_reload_leaves_the_faults_of_who_stays_and_moves_who_moves(bench: Daemon) -> None:
    moved = elsewhere("cell", "MAX31856", 0x801, spi="1.0")
    bench.sim.fault("oven", "unplug")
    bench.reload(bench.bench.__class__("bench.py", 1, (HOT, OVEN, moved), bench.bench.outputs, "127.0.0.1"))
    bench.until(bench.progress.reloaded.is_set, "the reload is done", 20)
    bench.until(lambda: bench.state("cell") == "running", "it has moved", 20)

    assert bench.record("cell").spec.where == "SPI 1.0"
    assert read(bench, OVEN)["state"] == "ERROR"
