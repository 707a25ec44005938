"""What libzmq's threads tell of connections comes in any order: played by hand, about real TCP connections."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from actors.bench.access import Access
from actors.bench.devices import Limits
from actors.core.cells import Clientele
from actors.gateway.auth.authorizer import Guard
from actors.gateway.exchange import GONE, Client
from actors.gateway.net.newness import HANDSHAKE, Lived
from actors.gateway.net.peers import Presence
from actors.gateway.poller import Frames
from tests.fakes import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="one thread of libzmq tells everything in order here")

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
        self.guard = Guard(Access(), self.clock)
        self.presence = Presence(
            self.clientele, self.clock, lambda client, _at: self.lost.append(client.identity), Limits(), self.guard, Lived()
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

    def connect(self, *, asking: bool = True) -> int:
        """Return the descriptor of a new connection, on which a request has come if it is `asking`."""
        theirs = socket.create_connection(("127.0.0.1", self.port))
        ours = self._listener.accept()[0]
        self._open[ours.fileno()] = theirs, ours
        if asking:
            theirs.sendall(bytes(HANDSHAKE) + BODY)
            ours.recv(HANDSHAKE + len(BODY), socket.MSG_WAITALL | socket.MSG_PEEK)
        return ours.fileno()

    def close(self, descriptor: int) -> None:
        for end in self._open.pop(descriptor):
            end.close()

    def connect_as(self, descriptor: int, *, asking: bool) -> None:
        """Connect, and get this descriptor, which is free."""
        got = self.connect(asking=asking)
        assert got == descriptor, "the lowest descriptor that is free is the next one"

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


def test_a_request_may_come_before_the_word_that_its_connection_has_begun(world: World) -> None:
    client, descriptor = world.client(), world.connect()
    assert world.ask(client, descriptor) == descriptor
    world.begins(descriptor)
    world.presence.look()
    assert (client.connection, world.lost, world.presence.strangers) == (descriptor, [], 0)
    world.ends(descriptor)
    world.presence.look()
    assert world.lost == [OWN]
    assert world.deserted(client)
    assert world.presence.alone


def test_the_word_of_an_end_may_come_before_that_of_the_beginning(world: World) -> None:
    descriptor = world.connect()
    world.close(descriptor)
    world.ends(descriptor)
    world.begins(descriptor)
    world.presence.look()
    assert world.presence.alone


def test_what_a_connection_left_behind_is_not_taken_for_the_next_ones(world: World) -> None:
    """Both are there: the next one has shaken hands, and has not asked anything."""
    client, descriptor = world.client(GIVEN), world.connect()
    world.begins(descriptor)
    assert world.ask(client, descriptor) == descriptor
    world.close(descriptor)
    world.ends(descriptor)
    world.connect_as(descriptor, asking=True)
    world.begins(descriptor)
    world.presence.look()
    assert world.ask(client, descriptor) == GONE, "its name was for its own connection only"
    stranger = world.client(b"\0wxyz")
    assert world.ask(stranger, descriptor) == descriptor
    assert world.ask(client, descriptor) == GONE
    assert stranger.connection == descriptor
    assert not stranger.doubted


def test_what_a_stranger_left_behind_is_more_than_its_successor_has_sent(world: World) -> None:
    descriptor = world.connect()
    world.begins(descriptor)
    world.close(descriptor)
    world.ends(descriptor)
    world.connect_as(descriptor, asking=False)
    world.begins(descriptor)
    left = world.client(GIVEN)
    assert world.ask(left, descriptor) == GONE
    assert world.deserted(left)
    assert world.presence.departed.is_late(world.frames(left, descriptor))


def test_a_ghost_is_not_left_by_words_in_the_worst_order(world: World) -> None:
    descriptor = world.connect()
    world.close(descriptor)
    world.ends(descriptor)
    world.connect_as(descriptor, asking=False)
    world.begins(descriptor)
    world.presence.look()
    world.close(descriptor)
    world.ends(descriptor)
    world.begins(descriptor)
    world.presence.look()
    assert world.presence.alone


def test_the_word_of_a_beginning_may_come_last_of_all(world: World) -> None:
    client, descriptor = world.client(), world.connect()
    assert world.ask(client, descriptor) == descriptor
    world.close(descriptor)
    world.ends(descriptor)
    world.begins(descriptor)
    world.presence.look()
    assert world.lost == [OWN]
    assert world.presence.alone


def test_who_comes_and_goes_in_order_before_anybody_looks_was_there(world: World) -> None:
    driver = world.client()
    at = world.connect()
    world.ask(driver, at)
    world.clock.advance(1)
    descriptor = world.connect()
    world.close(descriptor)
    world.begins(descriptor)
    world.ends(descriptor)
    world.presence.look()
    assert world.presence.strangers == 0
    assert driver.doubted, "it may have been the driver on a new connection"


def test_who_has_gone_is_not_taken_for_the_one_that_has_its_descriptor_now(world: World) -> None:
    client, descriptor = world.client(), world.connect()
    world.begins(descriptor)
    world.close(descriptor)
    world.ends(descriptor)
    world.connect_as(descriptor, asking=False)
    assert world.ask(client, descriptor) == GONE
    assert world.deserted(client)
    world.begins(descriptor)
    world.presence.look()
    assert world.presence.strangers == 1, "the one that has it now is known all the same"


def test_the_late_word_of_a_connection_that_has_ended_stands_for_the_next_one(world: World) -> None:
    descriptor = world.connect()
    world.close(descriptor)
    world.ends(descriptor)
    world.connect_as(descriptor, asking=True)
    world.begins(descriptor)
    world.presence.look()
    client = world.client()
    assert world.ask(client, descriptor) == descriptor
    world.begins(descriptor)
    world.presence.look()
    assert (client.connection, world.lost) == (descriptor, [])


def test_another_connection_ends_the_former_one_that_nobody_told_of(world: World) -> None:
    client, descriptor = world.client(), world.connect()
    world.begins(descriptor)
    assert world.ask(client, descriptor) == descriptor
    world.close(descriptor)
    world.connect_as(descriptor, asking=False)
    world.begins(descriptor)
    world.presence.look()
    assert (world.lost, world.presence.strangers) == ([OWN], 1)


def test_of_two_on_one_connection_the_former_is_gone_until_it_asks_again(world: World) -> None:
    former, client = world.client(), world.client(GIVEN)
    descriptor = world.connect()
    world.begins(descriptor)
    world.ask(former, descriptor)
    assert world.ask(client, descriptor) == descriptor
    assert world.deserted(former)
    assert former.doubted
    assert not world.deserted(client)
    assert world.lost == []


def test_a_handshake_that_failed_is_not_put_down_to_a_client_that_leaves_at_the_same_time(world: World) -> None:
    client, descriptor = world.client(), world.connect()
    world.begins(descriptor)
    world.ask(client, descriptor)
    failing = world.connect(asking=False)
    world.begins(failing)
    world.say(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, 0)
    world.ends(descriptor)
    world.presence.look()
    assert world.guard.refusals.total == 0
    world.ends(failing)
    world.presence.look()
    assert world.guard.refusals.status()["last"][0]["client"] == "127.0.0.1"


def test_what_waits_from_a_connection_whose_name_another_one_has_taken_came_from_nobody(world: World) -> None:
    descriptor = world.connect()
    world.begins(descriptor)
    renamed = world.client(GIVEN)
    assert world.presence.gone(world.frames(renamed, descriptor, "A" * 16))
    assert world.ask(renamed, descriptor, "A" * 16) == GONE
    assert world.presence.departed.is_late(world.frames(renamed, descriptor, "A" * 16))
    assert not world.presence.gone(world.frames(world.client(b"\0abcd"), descriptor)), "of a client without a name"


def test_a_client_that_names_itself_is_served_when_it_is_back(world: World) -> None:
    client, descriptor = world.client(), world.connect()
    world.begins(descriptor)
    world.ask(client, descriptor)
    world.close(descriptor)
    world.ends(descriptor)
    world.presence.look()
    assert world.presence.departed.is_late(world.frames(client, descriptor))
    world.connect_as(descriptor, asking=True)
    assert not world.presence.departed.is_late(world.frames(client, descriptor)), "it is back, though nobody has told of it yet"
    other = world.connect()
    assert not world.presence.departed.is_late(world.frames(client, other))
    assert world.ask(client, other) == other
    assert OWN not in world.presence.departed
