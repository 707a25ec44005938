"""What libzmq tells of connections, and what those that have ended left behind: played by hand, about real TCP connections."""

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from actors.bench.access import Access
from actors.bench.devices import Limits
from actors.core.cells import Clientele
from actors.gateway.auth.authorizer import Authorizer
from actors.gateway.exchange import GONE, Client
from actors.gateway.net.newness import LONGEST_STEP, WAITED, Lived
from actors.gateway.net.peers import Peers
from actors.gateway.poller import Frames
from tests.fakes import ManualClock

BODY = b'{"type": "scan"}'
OWN, GIVEN = b"A" * 16, b"\0\1\2\3\4"


class Request:
    """What is looked at of a `zmq.Frame`."""

    def __init__(self, descriptor: int, declared: str = "") -> None:
        self._properties: dict[Any, Any] = {
            zmq.SRCFD: descriptor,
            "Identity": declared,
            "Peer-Address": "127.0.0.1",
            "User-Id": "",
            "Socket-Type": "DEALER",
        }
        self.bytes = BODY

    def __len__(self) -> int:
        return len(self.bytes)

    def get(self, name: Any) -> Any:
        return self._properties[name]


class World:
    """A presence whose ROUTER says what the test says, and TCP connections to its port."""

    def __init__(self) -> None:
        self.context: zmq.Context[Any] = zmq.Context()
        self._teller: zmq.Socket[bytes] = self.context.socket(zmq.PAIR)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: dict[int, tuple[socket.socket, socket.socket]] = {}
        self.port = self._listener.getsockname()[1]
        self.clock = ManualClock()
        self.lost: list[bytes] = []
        self.clientele = Clientele()
        self.authorizer = Authorizer(Access(), self.clock)
        self.lived = Lived()
        self.presence = Peers(
            self.clientele, self.clock, lambda client, _at: self.lost.append(client.identity), Limits(), self.authorizer, self.lived
        )
        self.presence.open(self)  # type: ignore[arg-type]
        self.say(zmq.EVENT_LISTENING, self._listener.fileno())

    def monitor(self, address: str, _events: int) -> None:
        self._teller.bind(address)

    def disable_monitor(self) -> None:
        """What a ROUTER does at the end."""

    def say(self, event: int, value: int) -> None:
        self._teller.send_multipart([struct.pack("=Hi", event, value), f"tcp://127.0.0.1:{self.port}".encode()])

    def begins(self, descriptor: int) -> None:
        self.say(zmq.EVENT_ACCEPTED, descriptor)

    def ends(self, descriptor: int) -> None:
        self.say(zmq.EVENT_DISCONNECTED, descriptor)

    def live(self, seconds: float) -> None:
        """Let time pass in which no request waits."""
        while seconds > 0:
            self.lived.step(LONGEST_STEP)
            seconds -= LONGEST_STEP
        self.lived.drained = self.lived.now

    def connect(self) -> int:
        """Return the descriptor of a new connection."""
        theirs = socket.create_connection(("127.0.0.1", self.port))
        ours = self._listener.accept()[0]
        self._open[ours.fileno()] = theirs, ours
        return ours.fileno()

    def close(self, descriptor: int) -> None:
        for end in self._open.pop(descriptor):
            end.close()

    def connect_as(self, descriptor: int) -> None:
        """Connect, and get this descriptor, which is free."""
        assert self.connect() == descriptor, "the lowest descriptor that is free is the next one"
        self.begins(descriptor)

    def ask(self, client: Client, descriptor: int, declared: str = "") -> int | None:
        client.last_seen = self.clock.monotonic()
        return self.presence.connection(client, self.frames(client, descriptor, declared), serving=False)

    def frames(self, client: Client, descriptor: int, declared: str = "") -> Frames:
        return Frames(client.identity, Request(descriptor, declared), 100, stale=False)  # type: ignore[arg-type]

    def client(self, identity: bytes = OWN) -> Client:
        client = Client(identity, "127.0.0.1", self.clock.monotonic(), self.clock.monotonic())
        self.clientele.drove(identity, identity.hex())
        return client

    def end(self) -> None:
        for descriptor in [*self._open]:
            self.close(descriptor)
        self.presence.close()
        self._listener.close()
        self.context.destroy(linger=0)

    def deserted(self, client: Client) -> bool:
        return client.identity.hex() in self.clientele.gone


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.end()


def test_of_two_on_one_connection_the_former_is_gone_until_it_asks_again(world: World) -> None:
    former, client = world.client(), world.client(GIVEN)
    descriptor = world.connect()
    world.begins(descriptor)
    world.ask(former, descriptor)
    assert world.ask(client, descriptor) == descriptor
    assert world.deserted(former)
    assert former.connection is None
    assert not world.deserted(client)
    assert world.lost == []


def test_what_waits_from_a_connection_whose_name_another_one_has_taken_came_from_nobody(world: World) -> None:
    descriptor = world.connect()
    world.begins(descriptor)
    renamed = world.client(GIVEN)
    assert world.presence.gone(world.frames(renamed, descriptor, "A" * 16))
    assert world.ask(renamed, descriptor, "A" * 16) == GONE
    other = world.connect()
    world.begins(other)
    assert not world.presence.gone(world.frames(world.client(b"\0abcd"), other)), "of a client without a name"


def test_what_it_left_behind_is_older_than_the_connection_that_has_its_descriptor_now(world: World) -> None:
    left, descriptor = world.client(GIVEN), world.connect()
    world.begins(descriptor)
    world.ask(left, descriptor)
    world.close(descriptor)
    world.ends(descriptor)
    world.connect_as(descriptor)
    world.ask(left, descriptor)
    world.presence.may_speak(left, world.frames(left, descriptor))
    assert left.line is not None
    assert not left.line.newer, "so it drives nothing"
    owner = world.client(b"\0wxyz")
    assert world.ask(owner, descriptor) == descriptor
    assert owner.connection == descriptor


def test_who_has_asked_for_a_while_is_not_taken_for_what_the_connection_before_left_behind(world: World) -> None:
    owner, descriptor = world.client(), world.connect()
    world.begins(descriptor)
    world.ask(owner, descriptor)
    world.live(WAITED + 1)
    world.presence.may_speak(owner, world.frames(owner, descriptor))
    assert world.ask(world.client(GIVEN), descriptor) == GONE
    assert owner.connection == descriptor
    assert not world.deserted(owner)
