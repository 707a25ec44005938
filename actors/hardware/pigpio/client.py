"""The connection to the real pigpiod: the `pigpio` library's own commands on a socket that never waits for ever.

`pigpio.pi()` itself is not called: it opens two connections and blocks for ever on a daemon that hangs, and it starts a thread that
spins once the daemon is gone. Its calls read a reply in one piece or not at all, never look at which command it belongs to, and wait
without limit. All of that happens below its commands, in the socket. So an object of its class is given a socket of ours: then there
is no second connection, no thread and no exit handler. Call-backs on levels need the second connection, so it has none.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from actors.hardware.machine import pigpiod_hosts
from actors.hardware.pigpio.gpio import PigpioGpio

TIMEOUT: Final = 1.0
"""Seconds for one command and its whole reply (it takes 0.1 ms on one machine), and for connecting with all addresses tried."""
_ECHO: Final = 12
"""Bytes of a reply that repeat the first words of its request."""
_PIGPV: Final = struct.pack("<IIII", 26, 0, 0, 0)
"""The request for pigpiod's version, which changes nothing."""


class Wire:
    """A socket as the `pigpio` library uses one, with a time limit per exchange, whole replies, and a look at the echo.

    Raises TimeoutError or ConnectionError; after either the connection must not be used again, since a late reply may still be under way.
    """

    def __init__(self, connection: socket.socket, timeout: float = TIMEOUT) -> None:
        self._connection = connection
        self._timeout = timeout
        self._until = 0.0
        self._echo = b""

    def sendall(self, request: bytes) -> None:
        """Send a request; its reply is due within the time limit."""
        self._until = time.monotonic() + self._timeout
        self._echo = bytes(request[:_ECHO])
        self._connection.settimeout(self._timeout)
        self._connection.sendall(request)

    def send(self, request: bytes) -> int:
        """Send all of a request; return its length."""
        self.sendall(request)
        return len(request)

    def recv(self, count: int) -> bytes:
        """Return exactly `count` bytes; the first of a reply must repeat the request."""
        data = bytearray()
        while len(data) < count:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer within {self._timeout:g} s")
            self._connection.settimeout(left)
            piece = self._connection.recv(count - len(data))
            if not piece:
                raise ConnectionResetError("it closed the connection")
            data += piece
        if self._echo and data[:_ECHO] != self._echo:
            raise ConnectionAbortedError("an answer that belongs to no question")
        self._echo = b""
        return bytes(data)

    def close(self) -> None:
        """Close the socket, releasing whoever waits in it."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was faster
        finally:
            self._connection.close()


class _Slot:
    """Where the library looks for its socket `s` and for the lock `l` around one exchange."""

    def __init__(self, wire: Wire) -> None:
        self.s = wire
        self.l = threading.Lock()


def connect(host: str, port: int, timeout: float = TIMEOUT) -> Any:
    """Return a `pigpio.pi` whose daemon has just answered. Raises ConnectionError or TimeoutError, within `timeout` seconds.

    Only the look-up of a remote name may take longer: the system's resolver has time limits of its own.
    """
    import pigpio

    wire = _first_that_answers(host, port, timeout)
    pi = object.__new__(pigpio.pi)
    vars(pi).update(connected=True, sl=_Slot(wire), _notify=None, _host=host, _port=port)
    return pi


def connector(host: str, port: int, timeout: float = TIMEOUT) -> Callable[[], Any]:
    """Return `connect` with its arguments filled in."""
    return partial(connect, host, port, timeout)


def pigpiod_gpio(host: str, port: int, **settings: Any) -> PigpioGpio:
    """Return the GPIO back end on the pigpiod at `host` and `port`; `settings` are those of `PigpioGpio`. It connects when first used."""
    import pigpio

    return PigpioGpio(connector(host, port), (pigpio.error,), **settings)


def _first_that_answers(host: str, port: int, timeout: float) -> Wire:
    until = time.monotonic() + timeout
    failure: OSError = ConnectionRefusedError("the name is unknown")
    for family, address in _addresses(host, port):
        left = until - time.monotonic()
        if left <= 0:
            break
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(left)
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _require_pigpiod(Wire(connection, max(until - time.monotonic(), 0.001)))
        except OSError as error:
            connection.close()
            failure = error
        else:
            return Wire(connection, timeout)
    text = f"no pigpiod answers at {host or 'localhost'}, port {port} ({failure.strerror or failure}); is it running?"
    raise type(failure)(text) from failure


def _require_pigpiod(wire: Wire) -> None:
    wire.sendall(_PIGPV)
    (version,) = struct.unpack("<i", wire.recv(_ECHO + 4)[_ECHO:])
    if version <= 0:
        raise ConnectionAbortedError(f"it says it is version {version}")


def _addresses(host: str, port: int) -> Iterator[tuple[socket.AddressFamily, Any]]:
    """Yield each address once, in the order in which they are to be tried."""
    seen = set()
    for name in pigpiod_hosts(host):
        try:
            # As bytes where that is possible: for text Python loads what international names need, and `pilotage safe` is in a hurry.
            found = socket.getaddrinfo(name.encode() if name.isascii() else name, port, type=socket.SOCK_STREAM)
        except OSError:
            continue
        for family, _kind, _protocol, _canonical, address in found:
            if address not in seen:
                seen.add(address)
                yield family, address
