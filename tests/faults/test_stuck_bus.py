"""A bus on which nothing comes back: known once, it costs nobody a transfer but the one that probes."""

from collections.abc import Callable

from actors.bench.devices import SensorSpec
from supervisor.tree.children.specs import SENSOR_POLICY
from supervisor.tree.supervisor import LOOK_EVERY
from tests.faults.broken import BrokenBench
from tests.supervisor.tree.daemon import HOT, sensor

HOURLY = sensor("hot", 0x48, period=3600.0)
OTHERS = (sensor("t1", 0x40), sensor("t2", 0x41))


def test_at_the_start_the_gateway_answers_within_2_s_and_no_value_is_served(make_bench: Callable[[SensorSpec], BrokenBench]) -> None:
    bench = make_bench(HOT)
    bench.sim.fault("bus", "stuck")
    took = bench.start().until(bench.progress.ready.is_set, "the daemon is ready")

    assert took <= 2.0
    assert (bench.read(0x48)["state"], bench.read(0x49)["state"], bench.drives(40)) == ("ERROR", "ERROR", True)
    bench.sim.clear()
    assert bench.until(bench.serves, "everything serves") <= 5.0 * (1 + SENSOR_POLICY.jitter) + 1.0


def test_a_sensor_that_did_not_notice_yet_is_refused_without_a_transfer(make_bench: Callable[..., BrokenBench]) -> None:
    bench = make_bench(HOURLY, *OTHERS)
    bench.up()
    bench.sim.fault("bus", "stuck")
    bench.until(lambda: bench.rig.breaker.fault is not None, "the bus is known to be stuck", 10.0)
    assert bench.state("hot") == "running"
    asked: list[int] = []
    transfer = bench.sim.bus.transfer

    def noted(address: int, data: bytes | None = None, length: int = 0) -> bytes:
        asked.append(address)
        return transfer(address, data, length)

    bench.sim.bus.transfer = noted  # type: ignore[method-assign]
    begun = bench.clock.monotonic()
    reply = bench.ask(type="AQ", register="add", add="0x48", max_age=0)

    assert (reply["state"], reply["code"]) == ("ERROR", "bus_stuck")
    assert 0x48 not in asked
    assert bench.clock.monotonic() - begun <= LOOK_EVERY + 0.1
