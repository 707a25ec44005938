"""The whole daemon in this process, on a simulated bench: supervisor, gateway, real drivers and actors."""

from pathlib import Path
from typing import Any, Self

from actors.bench.devices import Bench
from actors.core.clock import SystemClock
from actors.messages import Shutdown
from supervisor.configuration import load
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from tests.actors.gateway.peer import Peer
from tests.fakes import eventually, wait

DEFAULT = Path(__file__).resolve().parents[3] / "config.py"


class Whole:
    """`rig` is where faults are injected and the truth about the pins is found; `endpoint` is where clients go."""

    def __init__(self, bench: Bench | None = None, speed: float = 1.0) -> None:
        self.bench = bench or load(DEFAULT)
        self.progress = Progress()
        self.rig = SimulatedRig(self.bench, SystemClock(), speed)
        self.ref = Supervisor.start(self.bench, self.rig, SystemClock(), bind="127.0.0.1", port=0, progress=self.progress)
        self._peers: list[Peer] = []
        wait(self.progress.ready)

    @property
    def endpoint(self) -> str:
        return f"tcp://127.0.0.1:{self.progress.port}"

    @property
    def supervisor(self) -> Any:
        """The supervisor itself, to look at."""
        actor = self.ref._actor_weakref()
        assert actor is not None
        return actor

    def peer(self, identity: bytes | None = None) -> Peer:
        """Return a new client, closed with the bench."""
        peer = Peer(self.endpoint, identity=identity)
        self._peers.append(peer)
        return peer

    def running(self) -> Self:
        """Wait until every child runs."""
        eventually(lambda: all(record.life.state == "running" for record in self.supervisor.state.records.values()), "every child runs")
        return self

    def duty(self, pin: int) -> float:
        """Return the duty cycle that a pin really has."""
        return self.rig.bench.pigpio.duty_at(pin)

    def leave(self) -> None:
        """Close every client."""
        while self._peers:
            self._peers.pop().close()

    def close(self) -> None:
        self.leave()
        self.ref.tell(Shutdown("the test is over"))
        wait(self.progress.finished)
        self.ref.stop()
        self.rig.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
