"""What libzmq tells of a ROUTER's connections: its socket monitor. Gateway thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import zmq
from zmq.utils.monitor import recv_monitor_message

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
            event = recv_monitor_message(self._socket, zmq.NOBLOCK)
            yield int(event["event"]), int(event["value"]), event["endpoint"]
