"""Whether a daemon lets a client in, and if not, why: as far as ZeroMQ tells, by the monitor of the client's own socket."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from typing import Any, Final

import zmq

REFUSED: Final = zmq.EVENT_HANDSHAKE_FAILED_AUTH
MISUNDERSTOOD: Final = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
CLOSED: Final = zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
WATCHED: Final = (
    REFUSED
    | MISUNDERSTOOD
    | CLOSED
    | zmq.EVENT_CONNECT_DELAYED
    | zmq.EVENT_CONNECTED
    | zmq.EVENT_CLOSED
    | zmq.EVENT_CONNECT_RETRIED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
)
_EVENT: Final = struct.Struct("=HI")
"""How a message of the monitor begins (zmq_socket_monitor(3)); the module of pyzmq that reads it loads asyncio."""


class Handshake:
    """Watches `socket` from before its connection on. To be closed before the socket is."""

    def __init__(self, socket: zmq.Socket[Any]) -> None:
        self._socket = socket
        self.last = 0
        """The events of the last attempt to connect, as the bits of zmq.Event: of the one under way once somebody is there."""
        self._under_way = 0
        self._succeeded = False
        self._monitor: zmq.Socket[Any] = socket.get_monitor_socket(int(WATCHED))
        self._monitor.setsockopt(zmq.LINGER, 0)

    def wait(self, end: float, key: str | None) -> str | None:
        """Wait until the socket can send; return None then, else how the daemon refuses this client, "" if none was there by `end`.

        `end` is monotonic; `key` names the client's key, if it uses one.
        """
        failed = 0
        while not self._socket.poll(0, zmq.POLLOUT):
            left = end - time.monotonic()
            if left <= 0:
                return _closed(key) if failed else ""
            zmq.zmq_poll([(self._socket, zmq.POLLOUT), (self._monitor, zmq.POLLIN)], int(left * 1000) + 1)
            for event, value in self._events():
                failed |= event & (MISUNDERSTOOD | CLOSED)
                if event == REFUSED:
                    return _refused(key)
                if event == MISUNDERSTOOD and value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
                    return _closed(key) or "wants a key on this port: --curve FILE, or $PILOTAGE_CURVE"
        return None

    def succeeded(self) -> bool:
        """Return whether there was a handshake: what takes a connection and knows none is taken for a ZeroMQ of long ago."""
        return any(event == zmq.EVENT_HANDSHAKE_SUCCEEDED for event, _ in self._events()) or self._succeeded

    def _events(self) -> Iterator[tuple[int, int]]:
        """Yield the events that have come, each with its number, and note them."""
        while self._monitor.poll(0):
            event, value = _EVENT.unpack_from(self._monitor.recv_multipart(zmq.NOBLOCK)[0])
            self._under_way |= event
            self._succeeded |= event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            if event == zmq.EVENT_CONNECT_RETRIED:
                self.last, self._under_way = self._under_way, 0
            elif self._under_way & zmq.EVENT_CONNECTED or not self.last:
                self.last = self._under_way
            yield event, value

    def close(self) -> None:
        """Stop watching."""
        self._socket.disable_monitor()
        self._monitor.close(linger=0)


def _refused(key: str | None) -> str:
    why = "its ALLOW does not name this computer's address" if key is None else f"it does not know {key}, or not from this address"
    return f"refuses this client: {why}"


def _closed(key: str | None) -> str:
    """Return what it means that a connection is closed at once; without a key, nothing that is known."""
    return "" if key is None else f"does not take {key}: this is not its port with keys, or the key was made for another daemon"
