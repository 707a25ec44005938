"""A child whose thread is lost in the hardware: fenced, counted, and not started again until the thread is back."""

import threading
from typing import Any

import pytest

from actors.core import events
from actors.sensor import SensorActor
from supervisor.rig.rig import BusAccess
from supervisor.tree.supervisor import LOOK_EVERY
from supervisor.tree.watch.hangs import TRANSFER_LIMIT
from tests.fakes import PATIENCE, wait
from tests.supervisor.tree.daemon import HOT, Daemon
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


def test_nobody_else_notices_that_a_sensor_hangs(daemon: Daemon) -> None:
    daemon.up()
    daemon.hang("hot")

    assert (daemon.read(0x49)["state"], daemon.drive(23, 50)["value"], daemon.read(0x48)["code"]) == ("ACK", 50.0, "hung")
    assert {daemon.generation(child) for child in ("gateway", "cold", "fake", "fan", "heater")} == {1}
    assert daemon.rig.breaker.fault is None


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


def test_the_second_chip_that_hangs_is_no_news_beside_the_bus_that_is_stuck(daemon: Daemon) -> None:
    daemon.up()
    hanging = {child: daemon.hang(child) for child in ("hot", "cold")}
    daemon.run(30)
    status = daemon.query("status")
    for child, running in hanging.items():
        daemon.let_go(child, running)
    daemon.until(daemon.serves, "everything runs", 10)

    assert len(daemon.log.of(events.BUS_STUCK)) == 1
    assert [record["child"] for record in daemon.log.of(events.CHILD_HUNG)] == ["hot"]
    assert [record["child"] for record in daemon.log.of(events.CHILD_RETURNED)] == ["hot"]
    assert status["abandoned_threads"] == 2
    assert {status["children"][child]["next_attempt_s"] for child in ("hot", "cold")} == {None}, "their threads must come back first"


def test_a_bus_that_cannot_even_be_opened_hangs_like_a_transfer(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    daemon.at_close.append(gate.set)
    monkeypatch.setattr(daemon.rig, "access", lambda: BusAccess(daemon.sim.bus, lambda _address: wait(gate), lambda: None))
    daemon.stuck = {"hot", "cold", "fake"}
    took = daemon.start().until(lambda: daemon.record("hot").life.blocked and daemon.record("cold").life.blocked, "the hang is noticed")

    assert took <= TRANSFER_LIMIT + 2 * LOOK_EVERY
    assert daemon.rig.breaker.fault is not None
    assert (daemon.rig.breaker.fault.code, daemon.read(HOT.address)["code"]) == ("bus_stuck", "bus_stuck")


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


def test_a_lost_thread_that_ends_without_a_word_is_back_too(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.up()
    old = daemon.hang("hot")
    monkeypatch.setattr(SensorActor, "_finish", lambda *_arguments, **_options: None)
    daemon.let_go("hot", old)
    old.vitals.thread.join(PATIENCE)
    monkeypatch.undo()
    daemon.until(lambda: daemon.state("hot") == "running" and daemon.generation("hot") == 2, "the sensor runs again", 5)

    assert daemon.query("status")["abandoned_threads"] == 0


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


def test_a_driver_may_wait_and_convert_for_a_while_without_being_fenced(daemon: Daemon, troubles: Troubles) -> None:
    daemon.up()
    limit = daemon.record("hot").spec.hang
    troubles.plan(0x48, "measure", lambda: daemon.clock.sleep(limit * 0.9))
    daemon.run(30)

    assert (daemon.state("hot"), daemon.generation("hot")) == ("running", 1)


def test_a_sensor_that_hangs_already_at_its_start_is_fenced(daemon: Daemon) -> None:
    daemon.sim.fault("hot", "hang")
    daemon.start().until(lambda: daemon.record("hot").life.blocked, "the hang is noticed")

    assert (daemon.state("hot"), daemon.progress.ready.is_set(), daemon.read(0x49)["state"]) == ("backoff", True, "ACK")
