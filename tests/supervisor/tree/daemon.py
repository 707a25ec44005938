"""A whole daemon under test: the real supervisor, actors, drivers and gateway on the simulated bench, in time moved by hand."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.bench.interlocks import Interlock
from actors.bench.loops import LoopSpec
from actors.core.mailbox import Inbox
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY
from actors.hardware.sim.wiring import meant
from actors.messages import Done, Query, Reload, Shutdown
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.children.record import Record
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook
from tests.fakes import PATIENCE, ManualClock, Recorder, stacks, wait

LONG = 200.0
"""Seconds of the moved clock until a wait gives up."""


def sensor(name: str, address: int, driver: str = "TMP102", period: float = 1.0) -> SensorSpec:
    kind = SENSOR_DRIVER_REGISTRY[driver]
    return SensorSpec(name, name, name, driver, address, "°C", period, kind.max_age, 1.0, kind.Options(), {})


HOT, COLD, FAKE = sensor("hot", 0x48), sensor("cold", 0x49), sensor("fake", 0x20, "SIMULE")


class VisibleSupervisor(Supervisor):
    """A supervisor that its test can look into."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.actor_ref.visible = self  # type: ignore[attr-defined]


class Daemon:
    """One daemon. Time passes only in `run`, `until` and `ask`, in steps from one wake-up to the next, when nobody is busy any more.

    For the children named in `stuck`, which a test lets hang, nothing waits while they are busy.
    """

    def __init__(
        self,
        clock: ManualClock,
        log: Logbook,
        sensors: tuple[SensorSpec, ...] = (HOT, COLD, FAKE),
        outputs: tuple[OutputSpec, ...] = (FAN, HEATER),
        interlocks: tuple[Interlock, ...] = (),
        loops: tuple[LoopSpec, ...] = (),
    ) -> None:
        self.clock = clock
        self.log = log
        self.bench = Bench("bench.py", 1, sensors, outputs, "127.0.0.1", interlocks=interlocks, loops=loops)
        self.rig = SimulatedRig(self.bench, clock)
        self.sim = self.rig.bench
        self.progress = Progress()
        self.stuck: set[str] = set()
        self.at_close: list[Callable[[], object]] = []
        self._ref: Any = None
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._client: zmq.Socket[bytes] | None = None

    def start(self, port: int = 0) -> "Daemon":
        """Start the daemon, and wait for nothing."""
        self._ref = VisibleSupervisor.start(self.bench, self.rig, self.clock, bind="127.0.0.1", port=port, progress=self.progress)
        return self

    @property
    def supervisor(self) -> Supervisor:
        supervisor: Supervisor = self._ref.visible
        return supervisor

    def reload(self, bench: Bench) -> None:
        """Hand the supervisor another bench, as a reload of `config.py` does."""
        self._ref.tell(Reload(bench))

    def record(self, child: str) -> Record:
        return self.supervisor.state.gateway if child == "gateway" else self.supervisor.state.records[child]

    def state(self, child: str) -> str:
        return self.record(child).life.state

    def generation(self, child: str) -> int:
        return self.record(child).life.generation

    def rounds(self) -> int:
        """Return how often the supervisor has woken up."""
        return int(self._ref.actor_inbox.vitals.taken)

    def serves(self) -> bool:
        """Whether the gateway answers and every child runs."""
        return self.progress.ready.is_set() and all(record.life.state == "running" for record in self.supervisor.state.records.values())

    def _inboxes(self) -> Iterator[Any]:
        """Return the mailboxes of whoever can be waited for: nobody who was made to hang."""
        yield self._ref.actor_inbox
        for record in (self.supervisor.state.gateway, *self.supervisor.state.records.values()):
            running = record.running
            if running is None or running.ref.actor_stopped.is_set() or (self._hangs(record.spec.where) and running.inside() is not None):
                continue
            if record.spec.id not in self.stuck or running.vitals.busy_since is None:
                yield running.ref.actor_inbox

    def _hangs(self, where: str) -> bool:
        found = meant(self.bench, where)
        return found is not None and self.sim.buses[found[0]].faults.on(found[1]) == "hang"

    def _idle(self) -> bool:
        """Return whether nobody has anything to do, and poke whoever has not noticed that his time has come."""
        now, idle = self.clock.monotonic(), True
        for inbox in self._inboxes():
            due = isinstance(inbox, Inbox) and inbox.wake_at is not None and inbox.wake_at <= now
            if due:
                inbox.poke()
            idle = idle and not due and inbox.vitals.busy_since is None and inbox.empty()
        return idle

    def rest(self) -> None:
        """Wait until nobody has anything to do at this moment."""
        end = time.monotonic() + PATIENCE
        while not self._ref.actor_stopped.is_set() and not self._idle():
            if time.monotonic() > end:
                pytest.fail(f"somebody is always busy\n{stacks()}")
            time.sleep(0.0002)

    def _step(self, limit: float) -> None:
        """Go on to the next wake-up, at most to `limit`."""
        self.rest()
        now = self.clock.monotonic()
        wakes = [inbox.wake_at for inbox in self._inboxes() if isinstance(inbox, Inbox) and inbox.wake_at is not None]
        self.clock.advance(max(min([limit, *wakes]) - now, 0.0))
        self.rest()

    def run(self, seconds: float) -> None:
        """Let `seconds` pass."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end and not self._ref.actor_stopped.is_set():
            self._step(end)
        self.rest()

    def until(self, condition: Callable[[], object], what: str, patience: float = LONG) -> float:
        """Let time pass until `condition`; return how long that took."""
        begun = self.clock.monotonic()
        while not condition():
            if self.clock.monotonic() > begun + patience:
                lives = "\n".join(f"{name}: {record.life}" for name, record in self.supervisor.state.records.items())
                records = "\n".join(map(str, self.log.items[-20:]))
                pytest.fail(f"{what}: not within {patience} s\n{lives}\n{records}")
            self._step(begun + patience + 1)
        return self.clock.monotonic() - begun

    def up(self) -> "Daemon":
        """Start and wait until every child runs."""
        self.start().until(self.serves, "everything runs")
        self.rest()
        return self

    def hang(self, child: str) -> Any:
        """Let a sensor hang in a transfer until that is noticed; return the generation that hangs."""
        running = self.record(child).running
        self.sim.fault(child, "hang")
        self.until(lambda: self.record(child).life.blocked, "the hang is noticed")
        return running

    def let_go(self, child: str, hanging: Any) -> None:
        """End the hang, and wait until the lost thread is back and gone: time stands still meanwhile."""
        self.sim.clear(child)
        wait(hanging.ref.actor_stopped)

    def query(self, kind: str, /, **arguments: Any) -> Any:
        """Ask the supervisor as the gateway does."""
        answers: Recorder[Done] = Recorder()
        self.supervisor.tell(Query(1, kind, arguments, answers.add))
        return answers.wait_for_count(1)[0].result

    def ask(self, **request: Any) -> Any:
        """Send a request as a client does, with the mark of the connection if it drives; return the reply."""
        if request["type"] in {"PI", "PI-MULTI", "loop"}:
            request["boot"] = self.ask(type="scan")["boot"]
        if self._client is None:
            self._context = zmq.Context()
            self._client = self._context.socket(zmq.DEALER)
            self._client.linger = 0
            self._client.connect(f"tcp://127.0.0.1:{self.progress.port}")
        self._client.send(json.dumps(request).encode())
        end = time.monotonic() + PATIENCE
        while not self._client.poll(20):
            assert time.monotonic() < end, f"no answer to {request}\n{stacks()}"
            self._step(self.clock.monotonic() + 0.05)
        return json.loads(self._client.recv())

    def read(self, address: int) -> Any:
        return self.ask(type="AQ", register="add", add=hex(address))

    def drive(self, pin: int, value: float) -> Any:
        return self.ask(type="PI", register="pin", pin=pin, value=value)

    def shut_down(self, reason: str = "SIGTERM") -> None:
        self.supervisor.tell(Shutdown(reason))

    def leave(self) -> None:
        """Close the client's connection; the next request makes another one."""
        if self._client is not None and self._context is not None:
            self._client.close()
            self._context.term()
        self._client = self._context = None

    def close(self) -> None:
        """Repair everything, and end the daemon if it has not ended."""
        self.sim.clear()
        for act in self.at_close:
            act()
        self.stuck.clear()
        self.leave()
        if self._ref is None:
            return
        if not self._ref.actor_stopped.is_set():
            self.shut_down()
            self.until(self._ref.actor_stopped.is_set, "the daemon has ended")
        wait(self._ref.actor_stopped)
        self.rig.close()
