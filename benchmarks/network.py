"""What a LECO network costs: `python -m benchmarks.network [BLOCKS] [--idle SECONDS]`, about a minute.

Reads through a real coordinator, in blocks that take turns: of the daemon, of pyleco's own Actor, and of a component that answers with
ready frames, which is the floor. Then the port 5555 of a daemon that has joined beside one that has not, and what both do when idle.
Ends with exit code 0 when every figure is within its limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Final

import zmq

from benchmarks.peers import HERE, Server, block, free_port, pin, ratio, request
from pilotage.wire import leco
from tests.actors.leco.real import RealCoordinator

LIMITS: Final = {"read / pyleco's Actor": 1.0, "AQ joined / not": 1.02, "idle, % of a core": 0.1, "memory, MiB": 1.0}
SENSORS: Final = 8
READS: Final = 100
"""Reads of one block."""

ACTOR: Final = """
import sys
from pyleco.actors.actor import Actor

class Device:
    value = 22.5

actor = Actor("plain", Device, host="127.0.0.1", port=int(sys.argv[1]), auto_connect={})
actor.connect()
actor.listen()
"""
FLOOR: Final = """
import sys, zmq
from pilotage.wire import leco
dealer = zmq.Context().socket(zmq.DEALER)
dealer.connect(f"tcp://127.0.0.1:{sys.argv[1]}")
dealer.send_multipart(leco.Message("COORDINATOR", "floor", bytes(16), payload=(leco.call("sign_in", number=1),)).frames())
dealer.recv_multipart()
body = leco.result(1, {"value": 22.5})
while True:
    version, receiver, sender, header, _ = dealer.recv_multipart()
    dealer.send_multipart([version, sender, receiver, header, body])
"""


class Reader:
    """A program that reads one parameter of a component, with nothing of a library in between."""

    def __init__(self, port: int) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.dealer = self.context.socket(zmq.DEALER)
        self.dealer.linger = 0
        self.dealer.connect(f"tcp://127.0.0.1:{port}")
        self.namespace = self.ask(leco.COORDINATOR, "reader", leco.call("sign_in", number=1))[2].partition(b".")[0].decode()

    def ask(self, receiver: str, sender: str, body: bytes) -> list[bytes]:
        """Send one call and return the frames of its answer."""
        message = leco.Message(receiver, sender, leco.conversation(time.time()), payload=(body,))
        self.dealer.send_multipart(message.frames())
        while self.dealer.poll(10_000):
            frames = self.dealer.recv_multipart()
            if frames[3][:16] == message.conversation:
                return frames
        raise RuntimeError(f"{receiver} does not answer")

    def wait(self, component: str) -> None:
        """Wait until a component is there and reads."""
        end = time.monotonic() + 30.0
        while b'"result"' not in self.ask(component, f"{self.namespace}.reader", self.body())[4]:
            if time.monotonic() > end:
                raise RuntimeError(f"{component} does not come")
            time.sleep(0.1)

    @staticmethod
    def body() -> bytes:
        """Return the call that reads."""
        return leco.call("get_parameters", {"parameters": ["value"]}, 1)

    def block(self, component: str) -> float:
        """Return the median of a block of reads, in microseconds."""
        times, body, sender = [], self.body(), f"{self.namespace}.reader"
        for _ in range(READS):
            begun = time.perf_counter()
            self.ask(component, sender, body)
            times.append((time.perf_counter() - begun) * 1e6)
        return statistics.median(times)

    def close(self) -> None:
        """End the connection."""
        self.context.destroy(linger=0)


def used(server: Server) -> float:
    """Return the processor seconds of all threads of a server, to the nanosecond."""
    tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def figures(blocks: int, seconds: float) -> dict[str, float]:
    """Measure everything."""
    found: dict[str, float] = {}
    ports = [free_port(), free_port()]
    program = str(HERE / "daemon.py")
    with (
        RealCoordinator() as coordinator,
        Server(program, str(SENSORS), str(ports[0]), str(coordinator.port), port=ports[0]) as joined,
        Server(program, str(SENSORS), str(ports[1]), port=ports[1]) as alone,
        Server("-c", ACTOR, str(coordinator.port), port=1),
        Server("-c", FLOOR, str(coordinator.port), port=1),
    ):
        reader = Reader(coordinator.port)
        medians: dict[str, list[float]] = {"bench1_s0": [], "plain": [], "floor": []}
        for component in medians:
            reader.wait(component)
        for server in (joined, alone):
            server.ask(request("AQ-MULTI", SENSORS, SENSORS))
            server.settle()
        for _ in range(blocks):
            for component, times in medians.items():
                times.append(reader.block(component))
        for component, times in medians.items():
            found[f"{component}, us"] = statistics.median(times)
        found["read / pyleco's Actor"] = ratio(medians["bench1_s0"], medians["plain"])[0]
        found["floor / pyleco's Actor"] = ratio(medians["floor"], medians["plain"])[0]
        found["AQ joined / not"] = beside(joined, alone, blocks)
        reader.close()
        found |= idle(joined, alone, seconds)
    return found


def beside(joined: Server, alone: Server, blocks: int) -> float:
    """Return what port 5555 of a daemon in a network takes, against one in none."""
    medians: dict[str, list[float]] = {"joined": [], "alone": []}
    for number in range(3 * blocks):
        both = [("joined", joined), ("alone", alone)]
        for name, server in both if number % 2 else reversed(both):
            medians[name].append(statistics.median(block(server.client, [request("AQ")], 3 * READS)))
    return ratio(medians["joined"], medians["alone"])[0]


def idle(joined: Server, alone: Server, seconds: float) -> dict[str, float]:
    """Return what a network costs a daemon of which nobody asks anything."""
    before = used(joined), used(alone)
    time.sleep(seconds)
    more = (used(joined) - before[0]) - (used(alone) - before[1])
    return {"idle, % of a core": 100 * more / seconds, "memory, MiB": (joined.resident() - alone.resident()) / 1024}


def main() -> int:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("blocks", type=int, nargs="?", default=20)
    parser.add_argument("--idle", type=float, default=30.0)
    options = parser.parse_args()
    pin()
    found: dict[str, Any] = figures(options.blocks, options.idle)
    for name, value in found.items():
        limit = f"  limit {LIMITS[name]:g}" if name in LIMITS else ""
        sys.stdout.write(f"{name:28}{value:10.3f}{limit}\n")
    return 0 if all(found[name] <= limit for name, limit in LIMITS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
