"""What systemd hears of a daemon that works, that hangs, and that ends."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bench.devices import Bench
from actors.core.clock import SystemClock
from actors.core.mailbox import teller
from actors.messages import Probe, Query, Shutdown
from supervisor.daemon.systemd.service import Service
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from tests.fakes import ManualClock, eventually, wait
from tests.project.sources import ROOT
from tests.supervisor.journal.receiver import Receiver

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no systemd")


class Unit:
    """A supervisor and a gateway on the machine's clock, and the main thread's service on one that is moved by hand."""

    def __init__(self, systemd: Receiver, clock: ManualClock) -> None:
        self.systemd = systemd
        self.clock = clock
        self.progress = Progress()
        bench = Bench("test", 1, (), ())
        real = SystemClock()
        self.ref = Supervisor.start(bench, SimulatedRig(bench, real), real, bind="127.0.0.1", port=0, progress=self.progress)
        self.tell = teller(self.ref)
        environment = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}
        self.service = Service(self.tell, self.progress, clock, environment)
        self._held: list[threading.Event] = []

    def started(self) -> None:
        wait(self.progress.ready)
        assert self.service.ready()

    def look(self, seconds: float = 0.0) -> None:
        self.clock.advance(seconds)
        self.service.look()

    def said(self) -> list[str]:
        """Return what systemd has heard since it was last asked."""
        heard = []
        while not self.systemd.is_empty():
            heard.append(self.systemd.text())
        return heard

    def live(self, seconds: float) -> None:
        """Let time pass for the main thread, giving the actors the moment they need for each of its words."""
        liveness = self.service._liveness
        for _ in range(int(seconds / 0.5)):
            self.look(0.5)
            if not self._held:
                eventually(lambda: liveness._heard == liveness._number, "the word is back")

    def hold(self, who: str) -> None:
        """Keep the gateway or the supervisor inside a message until the end of the test."""
        entered, free = threading.Event(), threading.Event()

        def stay(_message: Any) -> None:
            entered.set()
            wait(free)

        self._held.append(free)
        state = self.progress.state
        assert state is not None
        assert state.gateway.running is not None
        if who == "gateway":
            state.gateway.running.tell(Probe(0, stay))
        else:
            self.tell(Query(1, "nothing", {}, stay))
        wait(entered)

    def close(self) -> None:
        for free in self._held:
            free.set()
        self.tell(Shutdown("the test ends"))
        wait(self.progress.finished)
        assert self.ref.actor_stopped.wait(10)


@pytest.fixture
def unit(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unit]:
    monkeypatch.setattr("faulthandler.enable", lambda: None)
    before = signal.getsignal(signal.SIGUSR1)
    with Receiver(tmp_path / "notify") as systemd:
        unit = Unit(systemd, clock)
        yield unit
        unit.close()
    signal.signal(signal.SIGUSR1, before)


def test_ready_is_said_when_a_request_is_answered_and_the_status_before_it(unit: Unit) -> None:
    unit.started()
    assert unit.said() == ["STATUS=simulated: no sensors, no heater", "READY=1"]
    assert unit.service.ready()
    assert unit.said() == []


def test_a_service_manager_that_does_not_listen_is_mentioned_once_and_told_again_when_it_does(unit: Unit) -> None:
    address = unit.service.notifier._address
    unit.service.notifier._address = f"{address}-gone"
    wait(unit.progress.ready)
    with capture_logs() as records:
        assert unit.service.ready()
        for _ in range(5):
            unit.look(0.5)
        assert [record["event"] for record in records if record["event"] == "notify_failed"] == ["notify_failed"]
        unit.service.notifier._address = address
        unit.look(0.5)
    assert "READY=1" in unit.said()
    unit.live(5)
    assert "READY=1" not in unit.said()


def test_the_watchdog_is_fed_three_times_in_its_time(unit: Unit) -> None:
    unit.started()
    unit.said()
    unit.live(60)
    assert unit.said() == ["WATCHDOG=1"] * 9


def test_the_whole_daemon_tells_systemd_of_its_start_its_state_and_its_end(tmp_path: Path) -> None:
    with Receiver(tmp_path / "notify") as systemd:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PILOTAGE_")}
        environment |= {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "3000000", "PILOTAGE_WEB": "off"}
        command = [sys.executable, "-m", "supervisor", "run", "--simulate", "--port", "0", "--bind", "127.0.0.1"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
            heard: list[str] = []
            while "WATCHDOG=1" not in heard:
                heard.append(systemd.text())
            daemon.send_signal(signal.SIGUSR1)
            daemon.send_signal(signal.SIGTERM)
            while "STOPPING=1" not in heard:
                heard.append(systemd.text())
            records = [json.loads(line) for line in daemon.communicate(timeout=20)[1].splitlines()]
    assert heard.index("READY=1") < heard.index("WATCHDOG=1")
    assert heard[0].startswith("STATUS=simulated: ")
    assert daemon.returncode == 0
    assert [record["event"] for record in records][-1] == "daemon_stopped"
