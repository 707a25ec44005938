"""One connection to a daemon: a request goes out, its answer comes in, or it is said why none does. Not for several threads at once."""

from __future__ import annotations

import errno
import itertools
import json
import os
import socket as sockets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import zmq

from pilotage.endpoints import DEFAULT_PORT, host_and_port, is_here
from pilotage.errors import ClientError, UnreachableError
from pilotage.wire.handshake import Handshake

if TYPE_CHECKING:
    from pilotage.wire.key import ClientKey

STANDS_FOR: Final = "for "
"""How the identity of a connection begins that stands for somebody else: `for NAME#RANDOM`."""
MOST_STOOD_FOR: Final = 120
"""Bytes of that name; an identity has 255 (ZMTP 3.1, section 3.4)."""
DRIVING: Final = frozenset({"PI", "PI-MULTI", "loop"})
"""Requests that carry the mark of their connection."""
_OTHER: Final = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_DISCONNECTED
_DESCRIPTORS: Final = 12
"""What ZeroMQ opens for a context and a first connection, its monitor included."""
_PROBE: Final = b"HEAD / HTTP/1.0\r\n\r\n"
"""What makes a web server talk, which waits for its client's first line as a stopped daemon waits for nothing."""
_PROBED_WITHIN: Final = 0.3
"""Seconds for that."""
_LOOK: Final = "`systemctl status pilotage`, `journalctl -u pilotage -n 50`"


class Link:
    """The connection, made at the first exchange and made anew after `disconnect`."""

    def __init__(self, endpoint: str, key: ClientKey | None) -> None:
        self.endpoint = endpoint
        self.stands_for: str | None = None
        """Whom a program on the daemon's own computer acts for, as the log is to name them; to be said before the first exchange."""
        self._key = key
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._socket: zmq.Socket[bytes] | None = None
        self._handshake: Handshake | None = None
        self._closed = False
        self._numbers = itertools.count(1)
        self._mark: Any = None
        """What the daemon last told of the connection that there is now: `boot` in docs/reference/protocol.md."""

    def ask(self, kind: str, fields: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Return the reply to a request, which has `timeout` seconds. Raises ClientError, UnreachableError, or ValueError for fields.

        A request that drives goes with the mark of the connection, so that the daemon knows that it has not waited anywhere. If ZeroMQ has
        made the connection anew, unnoticed, the daemon refuses the former mark: then the command is sent once more.
        """
        end = time.monotonic() + timeout
        try:
            if kind not in DRIVING or "boot" in fields:
                return self._exchange(kind, fields, end, timeout)
            if self._mark is None:
                self._exchange("scan", {}, end, timeout)
            former = self._mark
            reply = self._exchange(kind, {**fields, "boot": former}, end, timeout)
            if former is not None and expired(reply):
                self._exchange("scan", {}, end, timeout)
                if self._mark != former:
                    reply = self._exchange(kind, {**fields, "boot": self._mark}, end, timeout)
        except BaseException:
            self.disconnect()
            raise
        return reply

    def _exchange(self, kind: str, fields: Mapping[str, Any], end: float, timeout: float) -> dict[str, Any]:
        """Send a request and return its reply, by `end` (monotonic), which is `timeout` seconds after the first one."""
        number = next(self._numbers)
        body = json.dumps({"type": kind, **fields, "id": number}, allow_nan=False).encode()
        try:
            socket, handshake = self._connected()
            self._wait_until_let_in(handshake, end)
            socket.send(body, zmq.NOBLOCK)
            while socket.poll(max(round((end - time.monotonic()) * 1000), 0)):
                reply = _decoded(socket.recv_multipart(zmq.NOBLOCK)[-1], self.endpoint)
                if reply.get("id") == number:
                    self._mark = reply.get("boot", self._mark)
                    return reply
        except zmq.ZMQError as error:
            raise self._failed(error) from None
        if not handshake.succeeded():
            raise UnreachableError("unreachable", self._no_daemon())
        text = f"the daemon at {self._where} did not answer within {timeout:g} s: it is stopped or hangs; look there with {_LOOK}"
        raise UnreachableError("unreachable", text)

    def disconnect(self) -> None:
        """End the connection: whatever is under way on it is neither carried out late nor taken for another answer."""
        self._mark = None
        if self._handshake is not None:
            self._handshake.close()
            self._handshake = None
        if self._socket is not None:
            self._socket.close(linger=0)
            self._socket = None

    def close(self) -> None:
        """End the connection for good; harmless when that was done before."""
        self._closed = True
        self.disconnect()
        if self._context is not None:
            self._context.term()
            self._context = None

    @property
    def _where(self) -> str:
        return self.endpoint.removeprefix("tcp://")

    def _connected(self) -> tuple[zmq.Socket[bytes], Handshake]:
        if self._closed:
            raise ClientError("closed", "this client was closed")
        if self._socket is None or self._handshake is None:
            if self._context is None:
                _require_descriptors()
                self._context = zmq.Context()
            self._socket = self._context.socket(zmq.DEALER)
            self.prepare(self._socket)
            self._handshake = Handshake(self._socket)
            self._socket.connect(self.endpoint)
        return self._socket, self._handshake

    def prepare(self, socket: zmq.Socket[Any]) -> None:
        """Have a new socket behave as that of a client does, and use its key."""
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.IMMEDIATE, 1)  # nothing is queued for a daemon that is not there, to be carried out when it comes
        socket.setsockopt(zmq.IPV6, int("[" in self.endpoint))
        if self._key is not None:
            self._key.put_on(socket)
            # Nobody without a key can guess it, and be taken for this client.
            socket.setsockopt(zmq.ROUTING_ID, os.urandom(16).hex().encode())
        elif self.stands_for is not None:
            name = self.stands_for.encode()[:MOST_STOOD_FOR].decode(errors="ignore")
            socket.setsockopt(zmq.ROUTING_ID, f"{STANDS_FOR}{name}#{os.urandom(8).hex()}".encode())

    def _wait_until_let_in(self, handshake: Handshake, end: float) -> None:
        """Return once there is a connection; raises UnreachableError, or ClientError `not_allowed` where it is refused."""
        refusal = handshake.wait(end, None if self._key is None else f"the key in {self._key.path}")
        if refusal:
            raise ClientError("not_allowed", f"the daemon at {self._where} {refusal}")
        if refusal is not None:
            raise UnreachableError("unreachable", self._why_not(handshake.last), somebody=bool(handshake.last & zmq.EVENT_CONNECTED))

    def _failed(self, error: zmq.ZMQError) -> ClientError:
        if error.errno == errno.EINVAL:
            return ClientError("bad_endpoint", f"{self._where} is no address of a daemon")
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            return _no_descriptors()
        return UnreachableError("unreachable", f"the connection to {self._where} failed: {error}")

    def _why_not(self, seen: int) -> str:
        """Return why there is no connection, and what to do, from the events of the attempts."""
        host, port = host_and_port(self.endpoint)
        where = self._where
        if seen & _OTHER or (seen & zmq.EVENT_CONNECTED and _talks(host.strip("[]"), port)):
            return self._no_daemon()
        if seen & zmq.EVENT_CONNECTED:
            return f"whatever listens at {where} says nothing: a daemon that is stopped or hangs; look there with {_LOOK}"
        if seen & zmq.EVENT_CLOSED:
            here = "start it with `sudo systemctl start pilotage`, or a simulated bench with `pilotage run --simulate`"
            there = "it does not run there, or has another port; look there with `systemctl status pilotage`"
            return f"no daemon listens at {where}: {here if is_here(host) else there}"
        if seen & zmq.EVENT_CONNECT_DELAYED or not seen & zmq.EVENT_CONNECT_RETRIED:
            return f"{host} does not answer: is it on and in this network, and does its firewall let port {port} through? (`ping {host}`)"
        return f"no computer is called {host}: mind the spelling, or take its IP address (`hostname -I` there shows it)"

    def _no_daemon(self) -> str:
        host, _ = host_and_port(self.endpoint)
        text = f"what listens at {self._where} is no pilotage daemon; name the daemon's own port"
        return f"{text}: --endpoint {host}:{DEFAULT_PORT}, unless config.py has another PORT"


def value_of(reply: Mapping[str, Any]) -> Any:
    """Return what a reply carries; raises ClientError for a refusal."""
    if reply.get("state") != "ACK":
        raise ClientError(str(reply.get("code", "error")), str(reply.get("value", "refused without a reason")))
    return reply.get("value")


def expired(reply: Mapping[str, Any]) -> bool:
    """Return whether a command was refused as too old, the whole of it or a part."""
    parts = reply["value"] if isinstance(reply.get("value"), list) else []
    return any(isinstance(each, dict) and each.get("code") == "expired" for each in [reply, *parts])


def _no_descriptors() -> ClientError:
    return ClientError("no_resources", "this program may not open as many files and connections as it needs (ulimit -n)")


def _require_descriptors() -> None:
    """Raise ClientError where this process may not open what a connection takes: ZeroMQ itself would end the process."""
    opened: list[int] = []
    try:
        opened += (os.open(os.devnull, os.O_RDONLY) for _ in range(_DESCRIPTORS))
    except OSError:
        raise _no_descriptors() from None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _talks(host: str, port: int) -> bool:
    """Return whether another program than a daemon is there, which answers a web browser."""
    try:
        with sockets.create_connection((host, port), _PROBED_WITHIN) as connection:
            connection.sendall(_PROBE)
            return bool(connection.recv(1))
    except OSError:
        return False


def _decoded(body: bytes, endpoint: str) -> dict[str, Any]:
    try:
        reply = json.loads(body)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise UnreachableError("unreachable", f"what answers at {endpoint.removeprefix('tcp://')} is no pilotage daemon")
    return reply
