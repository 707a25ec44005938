"""An adapter that hangs, vanishes, comes back, may not be opened, or is stuck: the daemon through the real smbus2."""

import errno
import os
import threading
from collections.abc import Callable

from actors.core import events
from supervisor.tree.supervisor import LOOK_EVERY
from tests.fakes import wait
from tests.faults.adapter import AdapterBench
from tests.supervisor.tree.daemon import COLD, HOT, sensor

Make = Callable[..., AdapterBench]


def test_a_bus_that_cannot_be_opened_for_ever_costs_nobody_else_anything(make: Make) -> None:
    bench, gate = make(HOT), threading.Event()
    bench.at_close.append(gate.set)
    bench.adapter.opening = lambda: wait(gate, 60)
    bench.stuck = {"hot", "cold"}
    bench.start().until(lambda: bench.rig.breaker.fault is not None, "the hang is noticed", 2.0)
    answers = bench.warm(HOT), bench.warm(COLD), bench.drives(40)
    threads = [bench.record(child).running for child in ("hot", "cold")]
    bench.adapter.opening = lambda: None
    bench.stuck = set()
    gate.set()
    for running in threads:
        assert running is None
    bench.until(bench.serves, "everything serves", 10.0)

    assert answers == ("bus_stuck", "bus_stuck", True)
    assert bench.told(bench.rig.breaker.name) == [events.BUS_STUCK, events.BUS_RECOVERED]
    assert events.CHILD_HUNG not in bench.told("hot", "cold")


def test_an_adapter_that_vanishes_is_let_go_of_and_taken_again_when_it_returns(make: Make) -> None:
    bench = make(HOT, sensor("other", 0x4A))
    bench.up()
    for _ in range(3):
        bench.adapter.vanish()
        lost = bench.until(lambda: not bench.adapter.descriptors, "nobody holds the adapter", 5.0)
        bench.run(20)
        assert bench.warm(HOT) == "no_adapter"
        bench.adapter.come_back()
        back = bench.until(bench.serves, "everything serves", 10.0)
        assert (lost <= 2.0, back <= 5.0 + 2 * LOOK_EVERY) == (True, True)
    assert len(bench.adapter.descriptors) == 3
    assert bench.told(bench.rig.breaker.name) == [events.BUS_LOST, events.BUS_RECOVERED] * 3
    assert {events.SENSOR_DEGRADED, events.CHILD_LOST} & {*bench.told("hot", "other", "cold")} == set()


def test_a_bus_that_may_not_be_opened_any_more_is_another_cause_and_over_when_it_may(make: Make) -> None:
    bench = make(HOT)
    bench.up()
    bench.adapter.vanish()
    bench.run(5)

    def deny() -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    bench.adapter.opening = deny
    bench.adapter.come_back()
    bench.run(10)
    code = bench.warm(HOT)
    bench.adapter.opening = lambda: None
    bench.until(bench.serves, "everything serves", 10.0)

    assert code == "no_permission"
    assert bench.told(bench.rig.breaker.name) == [events.BUS_LOST, events.BUS_LOST, events.BUS_RECOVERED]


def test_every_descriptor_lowers_the_adapters_time_out_to_a_tenth_of_a_second(make: Make) -> None:
    bench = make(HOT)
    bench.up()
    assert bench.adapter.timeouts == [10, 10]


def test_a_bus_stuck_from_the_start_costs_each_sensor_one_transfer_at_most_and_then_one_prober(make: Make) -> None:
    sensors = [sensor(f"t{number}", 0x40 + number) for number in range(8)]
    bench = make(*sensors)

    def time_out(_data: bytes | None, _length: int) -> bytes | None:
        bench.clock.sleep(0.1)
        raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))

    bench.adapter.serial = True
    bench.adapter.odd[None] = time_out
    took = bench.start().until(bench.progress.ready.is_set, "the daemon is ready")
    bench.run(60)
    answers = {bench.read(spec.address)["code"] for spec in sensors}
    transfers = len(bench.adapter.transfers)
    bench.adapter.odd.clear()
    bench.until(bench.serves, "everything serves", 6.0)

    assert (took <= 2.0, answers) == (True, {"bus_stuck"})
    assert transfers <= len(sensors) + 1 + 3 + 60 / 5
    assert bench.told(bench.rig.breaker.name) == [events.BUS_STUCK, events.BUS_RECOVERED]


def test_a_chip_that_holds_the_adapter_costs_the_others_that_long_and_is_not_tried_again_soon(make: Make) -> None:
    bench, gate = make(HOT), threading.Event()
    bench.at_close.append(gate.set)

    def hold(_data: bytes | None, _length: int) -> bytes:
        wait(gate, 60)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    bench.up()
    bench.adapter.serial = True
    bench.adapter.odd[HOT.address] = hold
    bench.stuck = {"hot", "cold"}
    bench.until(lambda: bench.rig.breaker.fault is not None, "the bus is known to be stuck", 5.0)
    bench.until(lambda: bench.record("hot").life.blocked, "the one that holds it is given up", 5.0)
    bench.stuck = set()
    gate.set()
    bench.until(lambda: bench.state("cold") == "running", "the other serves", 2.0)
    tried = [address for address, _ in bench.adapter.transfers].count(HOT.address)
    bench.run(5)

    assert (bench.warm(HOT), bench.read(COLD.address)["state"], bench.rig.breaker.fault) == ("hung", "ACK", None)
    assert [address for address, _ in bench.adapter.transfers].count(HOT.address) == tried
    bench.adapter.odd.clear()
    bench.until(bench.serves, "everything serves", 10.0)
