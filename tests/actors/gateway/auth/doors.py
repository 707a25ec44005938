"""Peers from other addresses of this machine, with and without keys, and raw ones that lie; for the tests of access."""

import dataclasses
import json
import socket
import struct
import sys
from typing import Any, Final, Self

import pytest
import zmq
from zmq.utils import z85

from actors.bench.access import Access, Curve, Key, Keyring, Role, Secret
from actors.messages import Rewire
from tests.actors.gateway.peer import Peer
from tests.actors.gateway.stage import BENCH, Stage
from tests.fakes import PATIENCE

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 without being told")
SILENCE: Final = "it connected and said nothing that ZeroMQ understands"
HERE, THERE, ELSEWHERE = "127.0.0.1", "127.0.0.2", "127.0.0.3"


class Pair:
    """Both halves of a key, in Z85."""

    def __init__(self) -> None:
        self.public, self.secret = zmq.curve_keypair()

    @property
    def raw(self) -> bytes:
        return bytes(z85.decode(self.public))


SERVER: Final = Pair()
DRIVER: Final = Pair()
READER: Final = Pair()
STRANGER: Final = Pair()


def keyring(**clients: Pair) -> Keyring:
    """Return the keys of clients by name; those whose name begins with `read` may read."""
    keys = [Key(name, Role.READ if name.startswith("read") else Role.DRIVE, pair.raw) for name, pair in clients.items()]
    return Keyring(Secret(SERVER.secret), tuple(keys))


def free_port() -> int:
    with socket.create_server((HERE, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def access(allow: tuple[str, ...] | None = None, read_only: tuple[str, ...] = (), **keys: Pair) -> Access:
    """Return rules; with keys, there is a port for them."""
    if not keys:
        return Access(allow, read_only)
    return Access(allow, read_only, Curve(free_port(), "nowhere", HERE), keyring(**keys))


class House(Stage):
    """A gateway with rules, on 127.0.0.1."""

    def __init__(self, rules: Access, **options: Any) -> None:
        super().__init__(dataclasses.replace(BENCH, access=rules), **options)

    def source(self, address: str, port: int | None = None) -> str:
        """Return an endpoint that is connected to from `address`."""
        return f"tcp://{address}:0;{HERE}:{port or self.port}"

    def visitor(self, address: str = HERE, identity: bytes | None = None, **options: Any) -> Peer:
        """Return a client of the plain port that comes from `address`."""
        peer = Peer(self.source(address), identity=identity, **options)
        self._peers.append(peer)
        return peer

    def holder(self, pair: Pair, address: str = HERE, server: Pair = SERVER, identity: bytes | None = None) -> Peer:
        """Return a client of the port with keys."""
        curve = self.bench.access.curve
        assert curve is not None
        peer = Keyed(self.source(address, curve.port), pair, server, identity)
        self._peers.append(peer)
        return peer

    def rules(self, rules: Access) -> None:
        """Let other rules be in force."""
        self.bench = dataclasses.replace(self.bench, access=rules)
        self.tell(Rewire(self.bench))
        self.settle()

    def connection(self, identity: bytes) -> int | None:
        """Return the connection of a client that the gateway knows."""
        client = self.client(identity)
        assert client is not None
        return client.connection

    def access_status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.gateway._authorizer.status()
        return status

    def refusals(self, *, late: bool = False) -> list[tuple[str, str]]:
        """Return who was refused, and why, the first one first; who was only late for its handshake, on a busy machine, if `late`."""
        found = [(last["client"], last["reason"]) for last in reversed(self.access_status()["refused"]["last"])]
        return [(who, reason) for who, reason in found if late or reason != SILENCE]


class Keyed(Peer):
    """A DEALER with a key."""

    def __init__(self, endpoint: str, pair: Pair, server: Pair, identity: bytes | None = None) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.marks, self.boot = True, None
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        if identity is not None:
            self.socket.setsockopt(zmq.IDENTITY, identity)
        self.socket.setsockopt(zmq.CURVE_SERVERKEY, server.public)
        self.socket.setsockopt(zmq.CURVE_PUBLICKEY, pair.public)
        self.socket.setsockopt(zmq.CURVE_SECRETKEY, pair.secret)
        self.socket.connect(endpoint)


class Liar:
    """A ZMTP 3.0 client of the plain port, written by hand, that says in its metadata whatever it likes."""

    def __init__(self, port: int, address: str = HERE, **metadata: bytes) -> None:
        self._socket = socket.create_connection((HERE, port), PATIENCE, (address, 0))
        self._socket.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        self._take(64)
        names = {"Socket-Type": b"DEALER", **{name.replace("_", "-"): value for name, value in metadata.items()}}
        body = b"\x05READY" + b"".join(
            bytes([len(name)]) + name.encode() + struct.pack(">I", len(value)) + value for name, value in names.items()
        )
        self._socket.sendall(b"\x04" + bytes([len(body)]) + body)
        assert self.frame().startswith(b"\x05READY")

    def _take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            piece = self._socket.recv(count - len(taken))
            assert piece, "the connection was closed"
            taken += piece
        return taken

    def frame(self) -> bytes:
        """Return the body of the next frame."""
        flags = self._take(1)[0]
        (length,) = struct.unpack(">Q", self._take(8)) if flags & 2 else self._take(1)
        return self._take(length)

    def send(self, body: bytes) -> None:
        self._socket.sendall(b"\0" + bytes([len(body)]) + body)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request, with the mark of this connection if it is to be done at once, and return the reply."""
        if request["type"] == "PI":
            request = {**request, "boot": self.ask({"type": "scan"}).get("boot")}
        self.send(json.dumps(request).encode())
        reply: dict[str, Any] = json.loads(self.frame())
        return reply

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
