"""`BIND = "*"` is every address of both families, and of the one there is where IPv6 is switched off."""

import platform
import socket
import subprocess
import sys
from typing import Any

import pytest
import zmq

from actors.core.clock import SystemClock
from actors.gateway.net.router import listen, open_router
from tests.e2e.daemon import ROOT

WITHOUT = f"""
import ctypes, errno, platform, socket, struct
architecture, number = {{"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}}[platform.machine()]
lines = [(0x20, 0, 0, 4), (0x15, 0, 5, architecture), (0x20, 0, 0, 0), (0x15, 0, 3, number), (0x20, 0, 0, 16),
         (0x15, 0, 1, socket.AF_INET6), (0x06, 0, 0, 0x00050000 | errno.EAFNOSUPPORT), (0x06, 0, 0, 0x7FFF0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
class Filter(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
c = ctypes.CDLL(None)
assert c.prctl(38, 1, 0, 0, 0) == 0
assert c.prctl(22, 2, ctypes.byref(Filter(len(lines), ctypes.addressof(program))), 0, 0) == 0
try:
    socket.socket(socket.AF_INET6)
except OSError as error:
    assert error.errno == errno.EAFNOSUPPORT
else:
    raise SystemExit("it has IPv6")
import sys
sys.path.insert(0, {str(ROOT)!r})
from actors.core.clock import SystemClock
from actors.gateway.net.router import listen, open_router
context, router = open_router()
port, endpoint = listen(router, "*", 0, SystemClock())
socket.create_connection(("127.0.0.1", port)).close()
print(endpoint.replace(str(port), "PORT"))
context.destroy(linger=0)
"""
"""A program whose kernel answers, by a filter of its system calls, as one that was started with `ipv6.disable=1`."""


def has_ipv6() -> bool:
    """Return whether both kinds of addresses can be listened to with one socket, as libzmq does."""
    try:
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True).close()
    except (OSError, ValueError):
        return False
    return True


def answered(host: str, port: int, router: zmq.Socket[Any]) -> str:
    """Return where the daemon's socket sees a client come from that connects to `host`."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.setsockopt(zmq.IPV6, int(":" in host))
        dealer.connect(f"tcp://{host}:{port}")
        dealer.send(b"")
        assert router.poll(10_000)
        return str(router.recv_multipart(copy=False)[-1].get("Peer-Address"))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_it_is_both_families() -> None:
    context, router = open_router()
    try:
        port, endpoint = listen(router, "*", 0, SystemClock())
        assert endpoint == f"tcp://[::]:{port}"
        assert answered("127.0.0.1", port, router).removeprefix("::ffff:") == "127.0.0.1"
        assert answered("[::1]", port, router) == "::1"
    finally:
        context.destroy(linger=0)


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}, reason="the filter is for these")
def test_it_is_ipv4_where_ipv6_is_switched_off() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout.strip(), done.stderr) == ("tcp://0.0.0.0:PORT", "")
