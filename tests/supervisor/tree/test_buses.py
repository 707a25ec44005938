"""Several root adapters and multiplexers in one bench: what is wrong with one of them costs the others nothing, and is said once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from actors.bench.buses import BusPath
from actors.bench.devices import SensorSpec
from actors.core import events
from tests.supervisor.tree.daemon import Daemon, sensor

MakeDaemon = Callable[..., Daemon]


def at(path: BusPath | None, name: str, address: int, wire: int) -> SensorSpec:
    return replace(sensor(name, address), bus=path, wires={"temp": wire})


THREE, FOUR = BusPath(1, 0x70, 3), BusPath(1, 0x70, 4)
OTHER = BusPath(3)
HERE = (at(None, "here", 0x48, 0x148), at(None, "there", 0x4A, 0x14A))
BEHIND = (at(THREE, "a", 0x49, 0x349), at(THREE, "b", 0x4B, 0x34B), at(FOUR, "c", 0x49, 0x449), at(FOUR, "d", 0x4B, 0x44B))
ELSEWHERE = (at(OTHER, "e", 0x48, 0x548), at(OTHER, "f", 0x49, 0x549))
ALL = (*HERE, *BEHIND, *ELSEWHERE)


@pytest.fixture
def bench(make_daemon: MakeDaemon) -> Daemon:
    daemon = make_daemon(sensors=ALL)
    daemon.start().until(daemon.serves, "everything serves")
    return daemon


def down(daemon: Daemon) -> dict[str, str]:
    """Return what of the buses `status` calls down, and why."""
    buses: dict[str, Any] = daemon.query("status")["buses"]
    return {name: bus["error"]["code"] for name, bus in buses.items() if bus["state"] == "down"}


def codes(daemon: Daemon, sensors: tuple[SensorSpec, ...]) -> set[str]:
    """Return how these sensors answer: ACK, or the code of an ERROR."""
    replies = [daemon.ask(type="AQ", register="add", add=hex(spec.wires["temp"])) for spec in sensors]
    return {str(reply.get("code", reply["state"])) for reply in replies}


def about(daemon: Daemon, *names: str) -> list[str]:
    """Return the events that are about these children or buses."""
    return [item["event"] for item in daemon.log.items if item.get("child") in names or item.get("bus") in names]


def test_every_sensor_is_read_by_its_number_whatever_bus_it_is_on(bench: Daemon) -> None:
    assert codes(bench, ALL) == {"ACK"}
    assert down(bench) == {}
    assert [record.spec.where for record in map(bench.record, "aec")] == ["i2c-1/0x70/3:0x49", "i2c-3:0x48", "i2c-1/0x70/4:0x49"]


def test_a_root_adapter_that_is_stuck_costs_the_others_nothing(bench: Daemon) -> None:
    bench.sim.fault("i2c-3", "stuck")
    bench.until(lambda: down(bench), "the bus is known to be stuck", 10)

    assert down(bench) == {"the simulated I2C bus 3": "bus_stuck"}
    assert (codes(bench, ELSEWHERE), codes(bench, (*HERE, *BEHIND))) == ({"bus_stuck"}, {"ACK"})
    assert {bench.generation(spec.id) for spec in (*HERE, *BEHIND)} == {1}

    bench.sim.clear()
    bench.until(bench.serves, "all are back", 10)
    assert about(bench, "the simulated I2C bus 3") == [events.BUS_STUCK, events.BUS_RECOVERED]


def test_a_multiplexer_that_does_not_answer_is_one_fault_and_comes_back(bench: Daemon) -> None:
    mux = "multiplexer 0x70 on the simulated I2C bus"
    bench.sim.fault("i2c-1/0x70", "unplug")
    bench.until(lambda: down(bench), "the multiplexer is known to be gone", 10)
    bench.run(30)

    assert down(bench) == {mux: "mux_absent"}
    assert (codes(bench, BEHIND), codes(bench, (*HERE, *ELSEWHERE))) == ({"mux_absent"}, {"ACK"})
    assert about(bench, mux) == [events.BUS_LOST]
    assert {bench.generation(spec.id) for spec in HERE} == {1}

    bench.sim.clear()
    bench.until(bench.serves, "all are back", 10)
    assert about(bench, mux) == [events.BUS_LOST, events.BUS_RECOVERED]


def test_two_chips_of_one_channel_that_hang_are_a_channel_that_is_stuck(bench: Daemon) -> None:
    for name in "ab":
        bench.sim.fault(name, "timeout", seconds=0.1)
    bench.until(lambda: down(bench), "the channel is known to be stuck", 60)

    assert set(down(bench)) <= {"channel 3 of multiplexer 0x70 on the simulated I2C bus", "the simulated I2C bus"}
    bench.until(lambda: set(down(bench)) == {"channel 3 of multiplexer 0x70 on the simulated I2C bus"}, "the bus itself is well", 60)
    assert codes(bench, (*HERE, *BEHIND[2:])) == {"ACK"}

    bench.sim.clear()
    bench.until(bench.serves, "all are back", 20)


def test_a_line_held_low_behind_a_multiplexer_holds_its_bus_and_the_record_names_the_channel(bench: Daemon) -> None:
    bench.sim.fault(str(THREE), "stuck")
    bench.until(lambda: "the simulated I2C bus" in down(bench), "the bus is known to be stuck", 10)
    reasons = [item["reason"] for item in bench.log.items if item["event"] == events.BUS_STUCK]

    assert str(THREE) in reasons[0]
    assert codes(bench, ELSEWHERE) == {"ACK"}

    bench.sim.clear()
    bench.until(bench.serves, "all are back", 20)


def test_a_sensor_that_hangs_moves_to_another_bus_by_a_reload(bench: Daemon) -> None:
    bench.sim.fault("e", "hang")
    bench.until(lambda: bench.record("e").life.fault is not None, "the hang is noticed", 10)
    moved = replace(ELSEWHERE[0], bus=BusPath(5))
    bench.bench = replace(bench.bench, sensors=(*HERE, *BEHIND, moved, ELSEWHERE[1]))

    bench.reload(bench.bench)
    bench.until(bench.progress.reloaded.is_set, "the reload is done", 20)

    assert codes(bench, (*HERE, *BEHIND, ELSEWHERE[1])) == {"ACK"}
    assert bench.query("status")["abandoned_threads"] in {0, 1}
    bench.sim.clear()
    bench.until(bench.serves, "all are back", 60)
    assert (codes(bench, (moved,)), bench.record("e").spec.where) == ({"ACK"}, "i2c-5:0x48")


def test_a_bus_that_is_in_no_bench_any_more_is_not_spoken_of(bench: Daemon) -> None:
    bench.sim.fault("i2c-3", "stuck")
    bench.until(lambda: down(bench), "the bus is known to be stuck", 10)
    bench.bench = replace(bench.bench, sensors=(*HERE, *BEHIND))

    bench.reload(bench.bench)
    bench.until(bench.progress.reloaded.is_set, "the reload is done", 20)

    assert (down(bench), bench.query("status")["healthy"]) == ({}, True)
