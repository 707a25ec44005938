"""The TCP connections of the ROUTER, by the descriptors that ZeroMQ names: what is told of them, who is there, and their end by our hand.

ZeroMQ keeps the connection; what is looked at is a second descriptor of the same socket. Where there is no POSIX, nothing is there.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import zmq

from actors.gateway.exchange import Client
from actors.gateway.net.newness import Line

_EVENT: Final = struct.Struct("=Hi")
"""How a message of the monitor begins (zmq_socket_monitor(3)); the module of pyzmq that reads it loads asyncio."""
_RECEIVED: Final = struct.Struct("=Q")
_OFFSET: Final = 128
"""Where `tcpi_bytes_received` is in Linux's `struct tcp_info` (4.1 and later)."""

UNKNOWN: Final = "unknown:0"
"""Instead of an address and a port."""
MAPPED: Final = "::ffff:"
"""Stands before an IPv4 address on a socket that takes both families."""


class Connection:
    """`there` tells whether it is a connection to our `port` indeed, that with `peer` if one is named.

    ZeroMQ may have closed it, and somebody else reused its descriptor.
    """

    def __init__(self, descriptor: int, port: int, peer: str | None = None) -> None:
        self.descriptor = descriptor
        self._socket: socket.socket | None = None
        if os.name != "posix":
            return
        try:
            second = os.dup(descriptor)
        except OSError:
            return
        try:
            self._socket = socket.socket(fileno=second)
        except OSError:  # it is something else by now
            os.close(second)
            return
        try:
            if self._socket.getsockname()[1] != port or peer not in {None, self.peer}:
                self.close()
        except (OSError, IndexError, TypeError):
            self.close()

    @property
    def there(self) -> bool:
        """Whether it is still open."""
        return self._socket is not None

    @property
    def peer(self) -> str:
        """The other side's address and port, as `192.168.1.20:49152`."""
        try:
            if self._socket is None:
                return UNKNOWN
            host, port = self._socket.getpeername()[:2]
        except OSError:
            return UNKNOWN
        host = host.removeprefix(MAPPED)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def received(self) -> int | None:
        """Return the bytes received from the other side; None where the system does not tell."""
        kind = getattr(socket, "TCP_INFO", None)
        if self._socket is None or kind is None:
            return None
        try:
            return int(_RECEIVED.unpack_from(self._socket.getsockopt(socket.IPPROTO_TCP, kind, 192), _OFFSET)[0])
        except (OSError, struct.error):
            return None

    def cut(self) -> bool:
        """End it at once; ZeroMQ notices as if the other side had gone. Return whether it was there."""
        if self._socket is None:
            return False
        try:
            if not _reset(self._socket.fileno()):
                self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return False
        return True

    def dismiss(self, last_words: bytes) -> bool:
        """Send the other side away, with `last_words`, where ZeroMQ does not write any more; return whether it was there.

        If something has come that ZeroMQ did not read, it never looks at the connection again, and keeps its descriptor.
        """
        if self._socket is None:
            return False
        with contextlib.suppress(OSError):
            if last_words:
                self._socket.send(last_words, socket.MSG_DONTWAIT)
            self._socket.shutdown(socket.SHUT_RDWR)
        return True

    def close(self) -> None:
        """Let go of it; it stays as it is."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@dataclass(slots=True, eq=False)
class Peer:
    """One connection; a stranger's has no client yet. `accepted` is when it came, in lived seconds."""

    descriptor: int
    port: int
    address: str
    accepted: float
    client: Client | None = None
    line: Line | None = None

    def open(self) -> Connection:
        """Return it as the system has it, as long as it is the one that was told of."""
        return Connection(self.descriptor, self.port, self.address)


def _reset(descriptor: int) -> bool:
    """Reset a TCP connection, with everything that it still holds; return whether that was possible.

    After a mere `shutdown` Linux goes on to take what arrives, and whoever sends without pause is never at an end.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        unspecified = (ctypes.c_char * 16)()  # a sockaddr of AF_UNSPEC: connect(2), "may be dissolved"
        return bool(ctypes.CDLL(None).connect(descriptor, unspecified, len(unspecified)) == 0)
    except (AttributeError, ImportError, MemoryError, OSError):
        return False


def port_of(endpoint: bytes) -> int:
    """Return the port of `tcp://0.0.0.0:5555`, 0 if there is none."""
    port = endpoint.rpartition(b":")[2]
    return int(port) if port.isdigit() else 0


FAILED: Final = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH
"""These do not tell which connection failed: it is that of the disconnection that follows (libzmq 4.3, `stream_engine_base`)."""
EVENTS: Final = zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | FAILED
_READABLE: Final = int(zmq.POLLIN)


class Monitor:
    """Watches one ROUTER, from before its first connection on."""

    def __init__(self) -> None:
        self._router: zmq.Socket[bytes] | None = None
        self._socket: zmq.Socket[Any] | None = None

    def open(self, router: zmq.Socket[bytes]) -> zmq.Socket[Any]:
        """Begin; return the socket that becomes readable when something changed."""
        address = f"inproc://connections-{id(self)}"
        router.monitor(address, int(EVENTS))
        self._router, self._socket = router, router.context.socket(zmq.PAIR)
        self._socket.setsockopt(zmq.LINGER, 0)
        # No mark: libzmq's thread would wait here with a lock that the end of this needs, and with it every thread of Python.
        self._socket.setsockopt(zmq.RCVHWM, 0)
        self._socket.connect(address)
        return self._socket

    def close(self) -> None:
        """Stop watching."""
        if self._router is not None and self._socket is not None:
            self._router.disable_monitor()
            self._socket.close()
        self._router = self._socket = None

    def news(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield every event there is, with its value (a descriptor, mostly) and the endpoint of ours that it is about."""
        while self._socket is not None and int(self._socket.getsockopt(zmq.EVENTS)) & _READABLE:
            head, endpoint = self._socket.recv_multipart(zmq.NOBLOCK)
            yield *_EVENT.unpack(head), endpoint
