"""A supervisor that is deadlocked: in this process, with real leases on an emulated pigpiod, and time that really passes."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from actors.bench.devices import Bench
from actors.core.clock import SystemClock
from actors.messages import Claim, Done, Query, SetPoint, Shutdown
from supervisor.rig.rig import HardwareRig
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from tests.actors.outputs.driving import FAN, HEATER
from tests.fakes import Recorder, eventually, wait
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import BUSY, BY_LEASE, duty, seconds_until


class Daemon:
    """The tree of a daemon, without its main thread."""

    def __init__(self, emulator: Emulator) -> None:
        bench = Bench("config.py", 1, (), (FAN, HEATER), "127.0.0.1")
        self.clock = SystemClock()
        self.rig = HardwareRig(bench, self.clock, ("127.0.0.1", emulator.port))
        self.progress = Progress()
        self.done: Recorder[Done] = Recorder()
        self.ref = Supervisor.start(bench, self.rig, self.clock, bind="127.0.0.1", port=0, progress=self.progress)
        wait(self.progress.ready)

    def tell(self, message: Any) -> None:
        self.ref.tell(message)

    def set(self, child: str, value: float) -> Any:
        """Set an output without the gateway; return the answer."""
        ticket = len(self.done.items)
        state = self.progress.state
        assert state is not None
        running = state.records[child].running
        assert running is not None
        running.tell(SetPoint(ticket, value, self.clock.monotonic() + 1.5, Claim(), "test", self.done.add))
        return self.done.wait_for_count(ticket + 1)[ticket].result

    def end(self) -> None:
        self.tell(Shutdown("the test is over"))
        wait(self.progress.finished)
        self.rig.close()


class Trap:
    """Holds whoever calls it."""

    def __init__(self) -> None:
        self.inside = threading.Event()
        self.released = threading.Event()

    def __call__(self, _done: Any) -> None:
        self.inside.set()
        self.released.wait()


@pytest.fixture
def daemon(emulator: Emulator) -> Iterator[Daemon]:
    daemon = Daemon(emulator)
    yield daemon
    daemon.end()


def test_a_supervisor_that_is_alive_keeps_the_heater_on(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.outputs.lease.LEASE", 1.2)
    daemon = Daemon(emulator)
    try:
        assert daemon.set("heater", 128) == 128
        renewed = len(emulator.called("PROCU"))
        eventually(lambda: len(emulator.called("PROCU")) >= renewed + 5, "the lease was renewed five times, over two leases long")
        assert duty(emulator) == 0.5015
    finally:
        daemon.end()


def test_a_deadlocked_supervisor_leaves_no_heater_on(emulator: Emulator, daemon: Daemon) -> None:
    assert (daemon.set("heater", 128), daemon.set("fan", 200)) == (128, 200)
    trap = Trap()
    daemon.tell(Query(1, "status", {}, trap))
    wait(trap.inside)
    try:
        assert seconds_until(lambda: duty(emulator) == 0.0, "the lease script switches the heater off") <= BY_LEASE + BUSY
        assert round(duty(emulator, 18) * 255) == 200
        assert daemon.set("heater", 99).code == "lease_expired"
    finally:
        trap.released.set()
    assert daemon.set("heater", 0) == 0
    eventually(lambda: daemon.set("heater", 99) == 99, "the heater can be set again")


def test_an_output_actor_that_hangs_leaves_no_heater_on(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.outputs.lease.LEASE", 0.7)
    daemon = Daemon(emulator)
    assert daemon.set("heater", 128) == 128
    state = daemon.progress.state
    assert state is not None
    running = state.records["heater"].running
    assert running is not None
    trap = Trap()
    running.tell(SetPoint(1, 128, daemon.clock.monotonic() + 1.5, Claim(), "test", trap))
    wait(trap.inside)
    try:
        assert seconds_until(lambda: duty(emulator) == 0.0, "the lease script switches the heater off") <= 1.2 + BUSY
    finally:
        trap.released.set()
        daemon.end()


def test_the_death_of_an_output_actor_switches_its_heater_off_and_it_comes_back_off(emulator: Emulator, daemon: Daemon) -> None:
    assert daemon.set("heater", 128) == 128
    state = daemon.progress.state
    assert state is not None
    record = state.records["heater"]
    assert record.running is not None
    record.running.ref.stop(block=False)
    assert seconds_until(lambda: duty(emulator) == 0.0, "the actor's own end switches it off") <= 0.5
    eventually(lambda: record.life.generation == 2 and record.life.state == "running", "it is back")
    assert duty(emulator) == 0.0
    assert daemon.set("heater", 99) == 99
