"""Peers that mean harm, each on its own: what they do to a port of this machine until they are told to stop.

The tests of tests/attacks use two of them; `benchmarks.attacks` runs each for some seconds beside a good client.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Self

import zmq

HOST: Final = "127.0.0.1"
GREETING: Final = b"\xff" + bytes(7) + b"\x01\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + bytes(31)
"""ZMTP 3.0, as every client sends it (section 2.2 of that specification)."""
PING: Final = b"\x04\x07\x04PING\0\0"
MORE, LONG = 1, 2
HEAVY: Final = json.dumps(
    {"type": "AQ-MULTI", "components": [{"register": "add", "add": "0x48", "detail": True, "max_age": 3600}] * 256}
).encode()
"""A request of 20 KiB that is answered with 40 KiB."""

Attack = Callable[[int, threading.Event], None]


def frame(body: bytes, *, more: bool = False) -> bytes:
    """Return one frame as it is on the wire."""
    if len(body) < 256:
        return bytes([MORE * more, len(body)]) + body
    return bytes([LONG | MORE * more]) + len(body).to_bytes(8, "big") + body


def tcp(port: int, patience: float = 5.0, host: str = HOST) -> socket.socket:
    """Return a TCP connection."""
    return socket.create_connection((host, port), timeout=patience)


def zmtp(port: int, kind: bytes = b"DEALER", patience: float = 1.0, identity: bytes = b"", host: str = HOST) -> socket.socket:
    """Return a TCP connection that has shaken hands as a ZeroMQ socket of that kind, to be misused by hand."""
    connection = tcp(port, patience, host)
    try:
        connection.sendall(GREETING)
        got = 0
        while got < len(GREETING):
            got += len(connection.recv(len(GREETING) - got) or b"x" * 64)
        properties = (
            b"\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind + b"\x08Identity" + len(identity).to_bytes(4, "big") + identity
        )
        ready = b"\x05READY" + properties
        connection.sendall(bytes([4, len(ready)]) + ready)
        connection.recv(1024)
    except OSError:
        connection.close()
        raise
    return connection


def break_off(connection: socket.socket) -> None:
    """Close it as a computer does that loses its power: the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def dealer(context: zmq.Context[Any], port: int, kind: int = zmq.DEALER, **options: Any) -> zmq.Socket[bytes]:
    """Return a ZeroMQ socket connected to the port."""
    peer: zmq.Socket[bytes] = context.socket(kind)
    for name, value in {"LINGER": 0, **options}.items():
        peer.setsockopt(getattr(zmq, name), value)
    peer.connect(f"tcp://{HOST}:{port}")
    return peer


def _endless(port: int, stop: threading.Event, piece: bytes) -> None:
    while not stop.is_set():
        with contextlib.suppress(OSError), zmtp(port) as connection:
            while not stop.is_set():
                connection.sendall(piece)


def endless_large_frames(port: int, stop: threading.Event) -> None:
    """Send a message of 60 kB frames that never ends."""
    _endless(port, stop, frame(b"x" * 60_000, more=True))


def endless_small_frames(port: int, stop: threading.Event) -> None:
    """Send a message of one-byte frames that never ends: 20 bytes of the daemon's memory for each on the wire."""
    _endless(port, stop, frame(b"x", more=True) * 20_000)


def endless_from_a_client(port: int, stop: threading.Event) -> None:
    """Ask once, as a client does, and after a while send a message of one-byte frames that never ends."""
    piece = frame(b"x", more=True) * 20_000
    while not stop.is_set():
        with contextlib.suppress(OSError), zmtp(port) as connection:
            connection.sendall(frame(b'{"type": "scan"}'))
            connection.recv(65536)
            stop.wait(1.5)
            while not stop.is_set():
                connection.sendall(piece)


def huge_frames(port: int, stop: threading.Event) -> None:
    """Send frames of 40 MB."""
    body = b"x" * 40_000_000
    while not stop.is_set():
        with contextlib.suppress(OSError), zmtp(port) as connection:
            connection.sendall(frame(body))


def large_requests(port: int, stop: threading.Event) -> None:
    """Send requests of just under 4 MiB, and read the answers."""
    body = b" " * (4 * 1024 * 1024 - 16)
    with zmq.Context() as context, dealer(context, port, SNDHWM=4) as peer:
        while not stop.is_set():
            with contextlib.suppress(zmq.Again):
                peer.send(body, zmq.NOBLOCK)
            while peer.poll(1):
                peer.recv()


def many_frames(port: int, stop: threading.Event) -> None:
    """Send messages of 50 000 frames each, and do not wait for the answers."""
    message = frame(b"", more=True) * 50_000 + frame(b"")
    while not stop.is_set():
        with contextlib.suppress(OSError), zmtp(port) as connection:
            while not stop.is_set():
                connection.sendall(message)
                time.sleep(0.1)


def silent_connections(port: int, stop: threading.Event, count: int = 300) -> None:
    """Keep `count` TCP connections open that say nothing."""
    held: list[socket.socket] = []
    while not stop.is_set():
        with contextlib.suppress(OSError):
            held.append(tcp(port, 1.0))
        if len(held) >= count:
            for connection in held[: count // 4]:
                connection.close()
            del held[: count // 4]
            stop.wait(0.1)
    for connection in held:
        connection.close()


def deaf_clients(port: int, stop: threading.Event, count: int = 10) -> None:
    """Ask for long answers and read none."""
    with zmq.Context() as context:
        peers = [dealer(context, port, RCVHWM=1, RCVBUF=4096, SNDHWM=2) for _ in range(count)]
        while not stop.is_set():
            for peer in peers:
                with contextlib.suppress(zmq.Again):
                    peer.send(HEAVY, zmq.NOBLOCK)
            stop.wait(0.01)
        for peer in peers:
            peer.close(0)


def _flood(port: int, stop: threading.Event, body: bytes, **options: Any) -> None:
    with zmq.Context() as context, dealer(context, port, SNDHWM=100, **options) as peer:
        while not stop.is_set():
            with contextlib.suppress(zmq.Again):
                peer.send(body, zmq.NOBLOCK)
            while peer.poll(0):
                peer.recv()


def flood(port: int, stop: threading.Event) -> None:
    """Ask without waiting for answers, from one client; who is cut comes back as another."""
    _flood(port, stop, b'{"type": "AQ", "register": "add", "add": "0x48", "max_age": 3600}')


def flood_of_set_points(port: int, stop: threading.Event) -> None:
    """Drive without waiting for answers, from one client that comes back under the name it had."""
    _flood(port, stop, b'{"type": "PI", "register": "pin", "pin": 23, "value": 50}', IDENTITY=b"flood")


def leaving(port: int, stop: threading.Event, count: int = 20) -> None:
    """Send 2000 requests through each of `count` connections, close them all, and begin anew."""
    requests = frame(b"{}") * 2000
    while not stop.is_set():
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            left = dict.fromkeys((stack.enter_context(zmtp(port)) for _ in range(count)), requests)
            for connection in left:
                connection.settimeout(0)
            while left and not stop.is_set():
                for connection, rest in list(left.items()):
                    with contextlib.suppress(BlockingIOError):
                        left[connection] = rest[connection.send(rest) :]
                    if not left[connection]:
                        del left[connection]


def two_hundred_clients(port: int, stop: threading.Event, count: int = 200) -> None:
    """Ask ten times a second from each of 200 clients, as so many live grabs do."""
    body = b'{"type": "AQ", "register": "add", "add": "0x48", "max_age": 3600}'
    with zmq.Context() as context:
        peers = [dealer(context, port) for _ in range(count)]
        while not stop.is_set():
            for peer in peers:
                peer.send(body)
                stop.wait(0.1 / count)
                while peer.poll(0):
                    peer.recv()
        for peer in peers:
            peer.close(0)


def garbage(port: int, stop: threading.Event, seed: int = 1) -> None:
    """Send random bytes, some behind a good greeting."""
    rng = random.Random(seed)
    while not stop.is_set():
        with contextlib.suppress(OSError), tcp(port, 0.5) as connection:
            start = rng.choice((b"", GREETING, GREETING[: rng.randrange(64)], b"\x01\0", b"\xff" + bytes(7) + b"\x01\x7f\x01\x05"))
            connection.sendall(start + rng.randbytes(rng.randrange(2000)))
            if rng.random() < 0.5:
                break_off(connection)
        stop.wait(0.002)


def http(port: int, stop: threading.Event) -> None:
    """Ask as a browser does."""
    while not stop.is_set():
        with contextlib.suppress(OSError), tcp(port, 0.2) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: pi\r\n\r\n")
            connection.recv(100)
        stop.wait(0.01)


def other_sockets(port: int, stop: threading.Event) -> None:
    """Connect sockets of every other kind, and send where they can."""
    kinds = (zmq.REQ, zmq.REP, zmq.PUB, zmq.SUB, zmq.XPUB, zmq.XSUB, zmq.PUSH, zmq.PULL, zmq.PAIR, zmq.ROUTER, zmq.STREAM)
    with zmq.Context() as context:
        while not stop.is_set():
            for kind in kinds:
                with dealer(context, port, kind) as peer, contextlib.suppress(zmq.ZMQError):
                    stop.wait(0.01)
                    peer.send_multipart([b"\x01", b"", b'{"type": "off"}'], zmq.NOBLOCK)


def vanishing(port: int, stop: threading.Event) -> None:
    """Leave in the midst of pipelined requests with heartbeats among them: what aborts a libzmq whose input was stopped."""
    burst = frame(HEAVY) * 40 + PING + frame(HEAVY) * 40 + PING
    while not stop.is_set():
        with contextlib.suppress(OSError):
            connection = zmtp(port)
            connection.sendall(burst)
            stop.wait(0.05)
            break_off(connection)
        stop.wait(0.3)


def churn(port: int, stop: threading.Event) -> None:
    """Come, ask once, and go."""
    while not stop.is_set():
        with zmq.Context() as context, dealer(context, port) as peer:
            peer.send(b'{"type": "scan"}')
            peer.poll(1000)


def own_address() -> str:
    """Return an address of this machine that others would use, or the loopback one if it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent, contextlib.suppress(OSError):
        unsent.connect(("192.0.2.1", 9))  # an address for examples (RFC 5737); nothing is sent
        return str(unsent.getsockname()[0])
    return HOST


def refused(port: int, stop: threading.Event) -> None:
    """Connect without a pause from an address that `ALLOW` does not name."""
    host = own_address()
    while not stop.is_set():
        with contextlib.suppress(OSError), zmtp(port, host=host):
            pass


def thief(port: int, stop: threading.Event, identity: bytes = b"victim") -> None:
    """Take the identity of somebody else, again and again."""
    while not stop.is_set():
        with zmq.Context() as context, dealer(context, port, IDENTITY=identity) as peer:
            peer.send(b'{"type": "scan"}')
            peer.poll(200)


ATTACKS: Final[dict[str, Attack]] = {
    "an endless message of 60 kB frames": endless_large_frames,
    "an endless message of 1-byte frames": endless_small_frames,
    "one from a client that has asked before": endless_from_a_client,
    "frames of 40 MB": huge_frames,
    "requests of 4 MiB": large_requests,
    "messages of 50 000 frames": many_frames,
    "300 silent TCP connections": silent_connections,
    "10 clients that never read": deaf_clients,
    "a flood from one client": flood,
    "a flood of set-points": flood_of_set_points,
    "connections that leave requests behind": leaving,
    "200 clients, 2000 requests/s": two_hundred_clients,
    "random bytes": garbage,
    "HTTP": http,
    "sockets of 11 other kinds": other_sockets,
    "clients that vanish": vanishing,
    "clients that come and go": churn,
    "connections that are refused": refused,
    "theft of an identity": thief,
}


class Ongoing:
    """An attack in a thread of this process, for as long as the `with` block lasts."""

    def __init__(self, attack: Attack, port: int) -> None:
        self._stop = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(attack, port), name="attack")

    def _run(self, attack: Attack, port: int) -> None:
        try:
            attack(port, self._stop)
        except BaseException as error:  # noqa: BLE001 - handed to whoever started the attack
            self.error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error


def resident(process: int) -> int | None:
    """Return the resident memory of a process in KiB, None where there is no /proc."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as statm:  # noqa: PTH123 - read ten times a second
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return None
