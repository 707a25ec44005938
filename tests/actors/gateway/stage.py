"""A real gateway on a real socket; its children, and its supervisor, are played by the test."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import zmq

from actors.bench.devices import Bench, Calibration, Limits, OutputSpec, SensorSpec
from actors.core.cells import OutputCell, SensorCell
from actors.core.clock import Clock, SystemClock
from actors.core.mailbox import Letter
from actors.core.ring import Ring
from actors.drivers.base import NoOptions, Value
from actors.errors import Fault
from actors.gateway.actor import Gateway
from actors.gateway.exchange import Client
from actors.messages import (
    Alive,
    Done,
    Failure,
    Measure,
    Probe,
    Query,
    ReadBack,
    Reading,
    Route,
    Safe,
    Serve,
    SetPoint,
    Started,
    Stop,
    Tick,
)
from actors.outputs.together import Together
from tests.actors.gateway.peer import Peer
from tests.fakes import Recorder, eventually

CALIBRATION = {"temp": Calibration(offset=1.0)}
SENSORS = (
    SensorSpec("rh", "rh_sortie", "RH", "AHT10", 0x38, "RH", 2.0, 2.0, 0.0, NoOptions()),
    SensorSpec("t1", "t_resistance", "T", "TMP102", 0x48, "°C", 1.0, 0.25, 0.0, NoOptions()),
    SensorSpec("t2", "t_dissipateur", "T", "TMP102", 0x49, "°C", 1.0, 0.25, 0.0, NoOptions(), CALIBRATION),
)
OUTPUTS = (
    OutputSpec("fan", "ventilateur", "Fan", "PWM", 18, None, "%", 0.0, 255.0, 25000.0, 0.0, "fan"),
    OutputSpec("heater", "resistance", "Heater", "PWM", 23, None, "%", 0.0, 255.0, 100.0, 0.0, "heater"),
    OutputSpec("blower", "souffleur", "Blower", "EMC2101_FAN", None, 0x4C, "%", 0.0, 100.0, None, 0.0, "fan"),
)
FAN, HEATER, BLOWER = OUTPUTS
BENCH = Bench("test", 1, SENSORS, OUTPUTS, deadline=1.5, frame_interval=0.1)


class PlayedSensor:
    """A sensor that measures when the test says so; `asked` are the gateway's wishes."""

    def __init__(self, stage: "Stage", spec: SensorSpec) -> None:
        self.spec = spec
        self.asked: Recorder[Measure] = Recorder()
        self.on_measure: Callable[[Measure], None] = lambda _wish: None
        self._stage = stage
        self.cell = SensorCell(spec.id, stage.tell, ring=stage.ring)

    def tell(self, message: Any) -> None:
        self.asked.add(message)
        self.on_measure(message)

    def publish(self, *, begun: float | None = None, at: float | None = None, **values: Value) -> None:
        """Publish a reading of now, begun just before."""
        now = self._stage.clock.monotonic() if at is None else at
        self.cell.publish(Reading(values, values, now if begun is None else begun, now, time.time()))

    def fail(self, code: str = "no_ack") -> None:
        """Publish a failed measurement."""
        now = self._stage.clock.monotonic()
        self.cell.publish(Failure(Fault(code, f"a test says {code}"), now, now, time.time()))


class PlayedOutput:
    """An output that obeys at once, unless `obedient` is False; `told` is everything it was told, in order over all outputs."""

    def __init__(self, stage: "Stage", spec: OutputSpec) -> None:
        self.spec = spec
        self.obedient = True
        self.value = spec.safe
        self.told: Recorder[Any] = Recorder()
        self._stage = stage
        self.cell = OutputCell(spec.id, stage.tell, ring=stage.ring)

    def tell(self, message: Any) -> None:
        self.told.add(message)
        self._stage.driven.add((self.spec.id, message))
        if self.obedient:
            self.obey(message)

    def obey(self, message: Any) -> None:
        """Do as an output does with one message."""
        if isinstance(message, SetPoint):
            if message.claim.withdrawn:
                return
            self.value = min(max(message.value, self.spec.min), self.spec.max)
        elif isinstance(message, Safe):
            self.value = self.spec.safe
        self.cell.publish(self.value, self._stage.clock.monotonic())
        if message.reply is not None:
            message.reply(Done(message.ticket, self.value))

    def set_points(self) -> list[float]:
        """Return every value this output was told to take and might still take."""
        return [told.value for told in self.told.items if isinstance(told, SetPoint) and not told.claim.withdrawn]

    def read_backs(self) -> int:
        return sum(isinstance(told, ReadBack) for told in self.told.items)


class Stage:
    """The gateway with everything around it. `driven` is what the outputs were told, in order over all of them."""

    def __init__(
        self, bench: Bench = BENCH, clock: Clock | None = None, limits: Limits | None = None, *, serve: bool = True, port: int = 0
    ) -> None:
        self.clock = clock or SystemClock()
        self.bench = bench = replace(bench, limits=limits or bench.limits)
        self.said: Recorder[Any] = Recorder()
        self.driven: Recorder[tuple[str, Any]] = Recorder()
        self.alive: Recorder[Alive] = Recorder()
        self.ring = Ring(self.clock, self.clock.monotonic)
        self._numbers = itertools.count(1)
        self._peers: list[Peer] = []
        self.sensors = {spec.id: PlayedSensor(self, spec) for spec in bench.sensors}
        self.outputs = {spec.id: PlayedOutput(self, spec) for spec in bench.outputs}
        self.on_query: Callable[[Query], None] = lambda _query: None
        where = {"bind": "127.0.0.1", "port": port}
        together = Together()
        self.clientele = together.gateway
        shared: dict[str, Any] = {"together": together, "ring": self.ring}
        self.ref = Gateway.start(bench, 1, parent=self._parent, clock=self.clock, simulated=True, **where, **shared)
        started = self.said.wait_for_count(1)[0]
        assert isinstance(started, Started), started
        self.port = int(started.detail["port"])
        self.gateway: Any = self.ref._actor_weakref()
        for child in (*self.sensors, *self.outputs):
            self.route(child)
        if serve:
            self.tell(Serve())

    @property
    def endpoint(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def _parent(self, message: Any) -> None:
        self.said.add(message)
        if isinstance(message, Query):
            self.on_query(message)

    def tell(self, message: Any) -> None:
        """Put a message into the gateway's mailbox."""
        inbox: Any = self.ref.actor_inbox
        inbox.put(Letter(message))

    def route(self, child: str, state: str = "running", fault: Fault | None = None) -> None:
        """Tell the gateway, as the supervisor does, where a child is: nowhere, unless it runs or is degraded."""
        played: Any = self.sensors.get(child) or self.outputs[child]
        there = state in {"running", "degraded"}
        self.tell(Route(child, state, fault, 1, played.tell if there else None, played.cell if there else None))

    def restart(self, child: str) -> None:
        """Let a sensor have a new generation with a new, empty cell."""
        sensor = self.sensors[child]
        sensor.cell = SensorCell(child, self.tell, ring=self.ring)
        self.route(child)

    def peer(self, kind: int = zmq.DEALER, identity: bytes | None = None, *, marks: bool = True, **options: int) -> Peer:
        """Return a new client, closed with the stage."""
        peer = Peer(self.endpoint, kind, identity, marks=marks, **options)
        self._peers.append(peer)
        return peer

    def query(self, kind: str) -> Query:
        """Return the next question of that kind to the supervisor."""
        found = self.said.wait_for(lambda items: any(isinstance(item, Query) and item.kind == kind for item in items))
        return next(item for item in found if isinstance(item, Query) and item.kind == kind)

    def status(self) -> dict[str, Any]:
        """Return what the gateway adds to `status`."""
        asked = len(self.said.items)
        with Peer(self.endpoint) as peer:
            peer.send({"type": "status"})
            said = self.said.wait_for(lambda items: any(isinstance(item, Query) for item in items[asked:]))
        return dict(next(item for item in said[asked:] if isinstance(item, Query)).arguments)

    def clients(self) -> dict[bytes, Client]:
        """Return what the gateway knows of its clients, by their identities, which nothing else tells."""
        known: dict[bytes, Client] = self.gateway._sessions.clients
        return known

    def client(self, identity: bytes) -> Client | None:
        return self.clients().get(identity)

    def strangers(self) -> int:
        """Return how many connections the gateway knows that have not asked anything, which nothing else tells."""
        return int(self.gateway._peers.strangers)

    def taken(self, identity: bytes, requests: int) -> Client:
        """Wait until the gateway has taken `requests` requests of a client, and has done with the last of them what it can do."""
        eventually(lambda: (client := self.client(identity)) is not None and client.requests >= requests, f"{requests} requests taken")
        self.settle()
        client = self.client(identity)
        assert client is not None
        return client

    def settle(self) -> None:
        """Wait until the gateway is through with what it has begun."""
        number = next(self._numbers)
        self.tell(Probe(number, self.alive.add))
        self.alive.wait_for(lambda items: any(item.number == number for item in items))

    def advance(self, seconds: float) -> None:
        """Move the manual clock and let the gateway notice."""
        self.clock.sleep(seconds)
        self.tell(Tick())
        self.settle()

    def close(self) -> None:
        for peer in self._peers:
            peer.close()
        if self.ref.is_alive():
            self.tell(Stop())
            assert self.ref.actor_stopped.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
