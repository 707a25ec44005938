"""A client over a slow link: the parts of its handshake come one by one, and it is no other client's rival for that."""

import socket
import time

import pytest

from benchmarks import hostile
from tests.actors.gateway.stage import Stage
from tests.fakes import PATIENCE

DELAY = 0.1
"""Seconds between the parts, as over a mobile network: the gateway sees each of them come alone."""


def received(connection: socket.socket, awaited: bytes) -> bytes:
    """Return what has come when `awaited` is in it, or the other side has closed."""
    got = b""
    while awaited not in got and (part := connection.recv(65536)):
        got += part
    return got


@pytest.mark.parametrize("thinks", [0.0, 4 * DELAY])
def test_a_handshake_in_parts_is_followed_by_an_answer(stage: Stage, thinks: float) -> None:
    ready = b"\x05READY" + b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER" + b"\x08Identity" + bytes(4)
    with hostile.tcp(stage.port, PATIENCE) as connection:
        for part in (hostile.GREETING[:10], hostile.GREETING[10:], bytes([4, len(ready)]) + ready):
            connection.sendall(part)
            time.sleep(DELAY)
        time.sleep(thinks)
        connection.sendall(hostile.frame(b'{"type": "scan"}'))
        assert b'"state":"ACK"' in received(connection, b"boot").replace(b" ", b"")
