"""How much of one connection is taken at a time: little, so that a peer that sends without end does not keep the others waiting."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from actors.gateway.net.router import OPTIONS
from actors.gateway.net.tcp import Connection
from tests.actors.gateway.stage import Stage
from tests.fakes import eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the window is Linux's")

SMALLEST = 1152
"""Bytes: half of the smallest receive buffer (Linux 6, SOCK_MIN_RCVBUF in include/net/sock.h)."""


def waiting(connection: socket.socket) -> int:
    """Return the bytes that can be read."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.FIONREAD, bytes(4)))[0])


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection to a listener that was narrowed: ours, and theirs, which never waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, OPTIONS[zmq.RCVBUF])
        with Connection(listener.fileno(), {port}) as connection:
            connection.narrow()
        with socket.create_connection(("127.0.0.1", port)) as theirs, listener.accept()[0] as ours:
            theirs.settimeout(0)
            yield ours, theirs


def test_a_connection_offers_the_smallest_window(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.send(bytes(1_000_000))
    eventually(lambda: waiting(ours) > 0, "something has come")
    assert waiting(ours) <= SMALLEST


def test_who_has_asked_something_may_send_more_at_a_time(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    with Connection(ours.fileno(), {ours.getsockname()[1]}) as connection:
        connection.widen()
    largest = 0
    while largest <= 8 * SMALLEST:
        with contextlib.suppress(BlockingIOError):
            theirs.send(bytes(1_000_000))
        eventually(lambda: waiting(ours) > 0, "something has come")
        largest = max(largest, len(ours.recv(1_000_000)))


def test_the_gateways_port_is_narrowed() -> None:
    with Stage() as stage:
        clamps = []
        for entry in Path("/proc/self/fd").iterdir():
            with Connection(int(entry.name), {stage.port}) as connection:
                listener = connection._socket
                if listener is not None and listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    clamps.append(listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP))
        assert len(clamps) == 1
        assert 0 < clamps[0] <= SMALLEST


def test_what_is_not_there_cannot_be_narrowed() -> None:
    with Connection(-1, {1}) as connection:
        connection.narrow()
        assert not connection.there
