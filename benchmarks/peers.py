"""Servers in processes of their own, pinned to one core, and the clients that measure them."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Self

import zmq

HERE = Path(__file__).resolve().parent
CORE = max(os.sched_getaffinity(0))
TICKS = os.sysconf("SC_CLK_TCK")
SETTLED = 0.6
"""Seconds after which a connection is older than any command that may have waited for it (`actors.gateway.net.newness`)."""


def pin() -> None:
    """Keep this process, too, on the one core that every server uses: the kernel's choice of cores is then no part of a ratio."""
    os.sched_setaffinity(0, {CORE})


def machine() -> str:
    """Return what the figures were measured on."""
    described = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    name = described[1] if described else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, libzmq {zmq.zmq_version()}"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One server process and a way to talk to it."""

    def __init__(self, *command: str, port: int = 0, log: IO[bytes] | None = None) -> None:
        self.process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=log, text=True)
        os.sched_setaffinity(self.process.pid, {CORE})
        if port == 0 and self.process.stdout is not None:
            port = int(self.process.stdout.readline())
        self.port = port
        self.context = zmq.Context()
        self.client = self.connect()

    @classmethod
    def floor(cls, mode: str = "floor") -> Self:
        """Start the bare loop."""
        return cls(str(HERE / "floor.py"), mode)

    @classmethod
    def simulated(cls, *more: str, bind: str = "127.0.0.1", level: str = "critical", log: IO[bytes] | None = None) -> Self:
        """Start `pilotage run` on a simulated bench, the default one unless `more` says otherwise."""
        port = free_port()
        command = ("run", "--simulate", "--no-web", "--bind", bind, "--port", str(port), "--log-level", level)
        return cls("-m", "supervisor", *command, *more, port=port, log=log)

    @classmethod
    def daemon(cls, sensors: int = 6) -> Self:
        """Start the daemon and wait for its first answer from every sensor."""
        port = free_port()
        server = cls(str(HERE / "daemon.py"), str(sensors), str(port), port=port)
        server.ask(request("AQ-MULTI", sensors, min(sensors, 256)))
        server.settle()
        return server

    def settle(self) -> None:
        """Wait until the client has been connected for so long that the daemon does what it commands."""
        time.sleep(SETTLED)
        self.ask(b'{"type": "scan"}')

    def connect(self) -> zmq.Socket[bytes]:
        """Return a new client connection."""
        dealer = self.context.socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 0), (zmq.RECONNECT_IVL, 5), (zmq.RECONNECT_IVL_MAX, 5)):
            dealer.setsockopt(option, value)
        dealer.connect(f"tcp://127.0.0.1:{self.port}")
        return dealer

    def ask(self, body: bytes) -> Any:
        """Send one request and return the reply's value; raises on an ERROR."""
        self.client.send(body)
        if not self.client.poll(10_000):
            raise RuntimeError("no answer within 10 s")
        reply = json.loads(self.client.recv())
        if reply["state"] != "ACK":
            raise RuntimeError(reply)
        return reply["value"]

    def resident(self) -> int:
        """Return the resident memory of the server, in KiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024

    def cpu(self) -> float:
        """Return the processor seconds the server has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def close(self) -> None:
        """End the server and the connections."""
        self.context.destroy(linger=0)
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def request(kind: str, sensors: int = 6, components: int = 6, value: float = 0.0) -> bytes:
    """Return the body of a request as the plugin sends it."""
    part = {"register": "add", "add": "0x0a"}
    match kind:
        case "AQ":
            body: dict[str, Any] = {"type": "AQ", **part}
        case "AQ actor":
            body = {"type": "AQ", **part, "max_age": 0}
        case "AQ-MULTI":
            parts = [{"register": "add", "add": f"0x{0x08 + n % sensors:02x}"} for n in range(components)]
            body = {"type": "AQ-MULTI", "components": parts}
        case "PI":
            body = {"type": "PI", "register": "pin", "pin": "18", "value": value}
        case _:
            body = {"type": kind}
    return json.dumps(body).encode()


def block(client: zmq.Socket[bytes], bodies: Sequence[bytes], count: int) -> list[float]:
    """Return the round-trip times of `count` requests, in microseconds."""
    times = []
    for number in range(count):
        body = bodies[number % len(bodies)]
        begun = time.perf_counter()
        client.send(body)
        client.recv()
        times.append((time.perf_counter() - begun) * 1e6)
    return times


def throughput(server: Server, clients: int, seconds: float) -> float:
    """Return requests per second with one outstanding AQ of each of `clients` clients."""
    body = request("AQ")
    dealers = [server.connect() for _ in range(clients)]
    poller = zmq.Poller()
    for dealer in dealers:
        poller.register(dealer, zmq.POLLIN)
        dealer.send(body)
    served, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        for dealer, _event in poller.poll(1000):
            dealer.recv()
            dealer.send(body)
            served += 1
    for dealer in dealers:
        dealer.close(0)
    return served / seconds


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float, float]:
    """Return the median of the paired ratios, and their lower and upper quartile."""
    ratios = sorted(one / other for one, other in zip(numerators, denominators, strict=True))
    lower, median, upper = statistics.quantiles(ratios, n=4)
    return median, lower, upper
