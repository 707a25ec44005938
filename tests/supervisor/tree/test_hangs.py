"""A child whose thread is lost in the hardware: fenced, counted, and not started again until the thread is back."""

import threading
from typing import Any

from actors.core import events
from tests.fakes import wait
from tests.supervisor.tree.daemon import Daemon
from tests.supervisor.tree.troubles import Troubles


class BusLog:
    """Who began which transfer, and with whose thread."""

    def __init__(self, daemon: Daemon) -> None:
        self.begun: list[tuple[int, threading.Thread]] = []
        self._transfer = daemon.sim.bus.transfer
        daemon.sim.bus.transfer = self  # type: ignore[method-assign]

    def __call__(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        self.begun.append((address, threading.current_thread()))
        return self._transfer(address, data, length)


def test_a_sensor_that_hangs_is_not_started_again_however_long_it_hangs(daemon: Daemon) -> None:
    daemon.up()
    daemon.hang("hot")
    daemon.run(120)

    assert (daemon.state("hot"), daemon.generation("hot")) == ("backoff", 1)
    assert daemon.query("status")["abandoned_threads"] == 1
    assert len(daemon.log.of(events.CHILD_HUNG, child="hot", error_code="hung")) == 1
    assert "0x48" in daemon.log.of(events.CHILD_HUNG)[0]["reason"]


def test_a_thread_that_wakes_up_late_touches_neither_the_bus_nor_a_client(daemon: Daemon) -> None:
    daemon.up()
    bus = BusLog(daemon)
    old = daemon.hang("hot")
    threads = {thread for address, thread in bus.begun if address == 0x48}
    before = len(bus.begun)
    daemon.let_go("hot", old)
    daemon.until(lambda: daemon.state("hot") == "running", "the sensor runs again", 5)

    late = [thread for address, thread in bus.begun[before:] if address == 0x48]
    assert late
    assert not threads & set(late)
    cell = daemon.record("hot").running
    assert cell is not None
    assert cell.cell is not old.cell
    assert daemon.read(0x48)["state"] == "ACK"


def test_when_the_thread_is_back_the_sensor_is_started_at_once_and_the_thread_no_longer_counted(daemon: Daemon) -> None:
    daemon.up()
    old = daemon.hang("hot")
    daemon.run(60)
    daemon.let_go("hot", old)
    took = daemon.until(lambda: daemon.state("hot") == "running", "the sensor runs again", 5)

    assert took < 0.5
    assert (daemon.generation("hot"), daemon.query("status")["abandoned_threads"]) == (2, 0)
    assert len(daemon.log.of(events.CHILD_RETURNED, child="hot", generation=1)) == 1


def test_two_chips_that_hang_are_a_bus_that_is_stuck(daemon: Daemon) -> None:
    daemon.up()
    hot = daemon.hang("hot")
    one = daemon.rig.breaker.fault
    cold = daemon.hang("cold")
    daemon.rest()

    assert (one, daemon.rig.breaker.fault and daemon.rig.breaker.fault.code) == (None, "bus_stuck")
    assert len(daemon.log.of(events.BUS_STUCK)) == 1
    daemon.let_go("hot", hot)
    daemon.let_go("cold", cold)
    daemon.until(daemon.serves, "everything runs", 10)


def test_what_a_fenced_sensor_publishes_late_reaches_nobody(daemon: Daemon, troubles: Troubles) -> None:
    daemon.up()
    daemon.stuck = {"hot"}
    watched: list[Any] = []
    running = daemon.record("hot").running
    assert running is not None
    running.cell._watcher = watched.append
    troubles.hang(0x48, "after")
    daemon.until(lambda: daemon.record("hot").life.blocked, "the hang is noticed", 60)
    before = running.cell.outcome, len(watched)
    daemon.stuck = set()
    troubles.gate.set()
    wait(running.ref.actor_stopped)  # it came back with a good reading

    assert (running.cell.outcome, len(watched)) == before


def test_retry_does_not_start_a_second_thread_beside_one_that_hangs(daemon: Daemon) -> None:
    daemon.up()
    daemon.hang("hot")
    answer = daemon.query("retry", child="hot")
    daemon.run(5)

    assert (answer["state"], daemon.generation("hot")) == ("backoff", 1)


def test_a_driver_that_is_busy_for_too_long_outside_a_transfer_is_fenced_too(daemon: Daemon, troubles: Troubles) -> None:
    daemon.up()
    daemon.stuck = {"hot"}
    troubles.hang(0x48, "after")
    running = daemon.record("hot").running
    took = daemon.until(lambda: daemon.record("hot").life.blocked, "the hang is noticed", 60)

    assert daemon.record("hot").spec.hang <= took <= daemon.record("hot").spec.hang + 1.5
    daemon.stuck = set()
    troubles.gate.set()
    assert running is not None
    wait(running.ref.actor_stopped)  # it came back with a good reading, and must not go on
    daemon.until(lambda: daemon.state("hot") == "running" and daemon.generation("hot") == 2, "the sensor runs again", 5)
