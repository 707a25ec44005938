"""A loop inside the whole daemon: how well it holds, how soon it acts, what it costs: `python3 dev.py regulation daemon`, six minutes.

How well is found in time moved by hand, everything else in real time: the daemon runs in this process, eight clients in another one.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import zmq

from actors.bench.devices import Bench
from actors.core.clock import SystemClock
from actors.hardware.sim.thermal import FULL_RISE, TIME_CONSTANT
from actors.messages import Observed, Shutdown
from benchmarks.floods import flood
from supervisor import journal
from supervisor.configuration import default_bench_path, load
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.children.loop import Loops
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from tests.actors.loops.figures import LIMITS, measured

SEEDS: Final = (0, 1, 2)
CLIENTS: Final = 8
QUICK: Final = 0.25
"""Period of the sensor while the way to the output is measured: as quick as its chip is."""
LATENCY_FOR, PAIRS, EACH = 60.0, 8, 12.0
"""Seconds of the first measurement; how often, and for how long each time, the loop holds and is off in the second."""
FRAME: Final = {
    "type": "AQ-MULTI",
    "components": [{"register": "add", "add": f"0x{add:02x}"} for add in (0x38, 0x48, 0x49, 0x4A, 0x4B, 0x4C)],
}


class Whole:
    """The default bench with the constants of the simulation in its loop, and the daemon that serves it."""

    def __init__(self, period: float | None = None) -> None:
        bench = load(default_bench_path())
        loop = replace(bench.loops[0], k=FULL_RISE / TIME_CONSTANT, gain=FULL_RISE, dead_time=0.0, period=period or bench.loops[0].period)
        sensors = tuple(
            replace(each, period=period) if period is not None and each.id == loop.channel.sensor else each for each in bench.sensors
        )
        self.bench: Bench = replace(bench, loops=(loop,), sensors=sensors)
        self.loop = loop
        self.rig = SimulatedRig(self.bench, SystemClock())
        self.progress = Progress()
        self.ref = Supervisor.start(self.bench, self.rig, SystemClock(), bind="127.0.0.1", port=0, progress=self.progress)
        if not self.progress.ready.wait(10):
            raise SystemExit(f"the daemon does not start: {self.progress.failure}")

    def ask(self, **order: Any) -> dict[str, Any]:
        """Ask the loop, and return how it is."""
        with zmq.Context() as context, context.socket(zmq.REQ) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(f"tcp://127.0.0.1:{self.progress.port}")
            mark = _reply(socket, {"type": "scan"})["boot"]
            value: dict[str, Any] = _reply(socket, {"type": "loop", "name": self.loop.name, "boot": mark, **order})["value"]
            return value

    def hold(self, celsius: float) -> None:
        """Have it hold, once its sensor has measured."""
        while self.ask()["value"] is None:
            time.sleep(0.1)
        found = self.ask(set=celsius)
        if found["set_point"] != celsius:
            raise SystemExit(f"it does not hold: {found}")

    def first(self) -> bool:
        """Let the daemon's threads run before everybody else's, if that is allowed: what else this machine does is not measured."""
        try:
            for thread in threading.enumerate():
                policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
                os.sched_setscheduler(thread.native_id or 0, policy, os.sched_param(1))
        except PermissionError:
            return False
        return True

    def end(self) -> None:
        """Stop the daemon."""
        self.ref.tell(Shutdown("measured"))
        self.progress.finished.wait(10)


def _reply(socket: zmq.Socket[bytes], request: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to one request."""
    socket.send(json.dumps(request).encode())
    if not socket.poll(5000):
        raise SystemExit(f"no answer to {request} within 5 s")
    reply: dict[str, Any] = json.loads(socket.recv())
    return reply


@contextmanager
def ways(whole: Whole) -> Iterator[list[float]]:
    """Note how long it takes from a reading of the loop's sensor, which its actor has just told, to the change of the pin, in s."""
    found: list[float] = []
    told: list[float] = []
    pins, sensor = whole.rig.bench.pigpio, whole.loop.channel.sensor
    heater = next(each.pin for each in whole.bench.outputs if each.id == whole.loop.output.id) or 0
    observed, follow, last = Loops.observed, pins.on_change, [pins.duty_seen(heater)]

    def note_reading(loops: Loops, news: Observed) -> None:
        if news.child == sensor:
            told[:] = [time.monotonic()]
        observed(loops, news)

    def note_change() -> None:
        duty = pins.duty_seen(heater)
        if told and duty != last[0]:
            found.append(time.monotonic() - told.pop())
        last[0] = duty
        if follow is not None:
            follow()

    with patch.object(Loops, "observed", note_reading):
        pins.on_change = note_change
        yield found
        pins.on_change = follow


def latency(clients: int) -> tuple[list[float], bool]:
    """Return the times from a reading to the output, in ms, beside so many clients, and whether nobody else's programs are in them."""
    whole = Whole(QUICK)
    try:
        whole.hold(45.0)
        first = whole.first()
        with ways(whole) as found:
            if clients:
                with flood(whole.progress.port, clients, 1, FRAME):
                    time.sleep(LATENCY_FOR)
            else:
                time.sleep(LATENCY_FOR)
    finally:
        whole.end()
    return sorted(1000.0 * each for each in found), first


def spent() -> dict[str, float]:
    """Return the processor time of every thread of this process so far, in s: without its generation, what its name begins with."""
    found: dict[str, float] = {}
    for thread in threading.enumerate():
        path = Path(f"/proc/self/task/{thread.native_id}/schedstat")
        name = thread.name.partition("#")[0]
        found[name] = found.get(name, 0.0) + int(path.read_text(encoding="ascii").split()[0]) / 1e9
    return found


def cost() -> dict[str, list[float]]:
    """Return what every thread takes while the loop holds, less what it takes while it is off, each time, in % of a core."""
    whole = Whole()
    more: dict[str, list[float]] = {}
    try:
        whole.hold(45.0)
        time.sleep(5.0)
        for _ in range(PAIRS):
            shares = []
            for celsius in (45.0, 0.0):
                whole.hold(celsius)
                time.sleep(1.0)
                before = spent()
                time.sleep(EACH)
                shares.append({name: 100.0 * (value - before.get(name, 0.0)) / EACH for name, value in spent().items()})
            for name in shares[0]:
                more.setdefault(name, []).append(shares[0][name] - shares[1].get(name, 0.0))
    finally:
        whole.end()
    return more


def main() -> None:
    """Measure, and print."""
    journal.set_up("critical")
    runs = [measured(seed) for seed in SEEDS]
    print(f"{'through the daemon, worst of three seeds':<54}{'limit':>10}{'figure':>11}")
    for what, limit in LIMITS.items():
        print(f"{what:<54}{limit:>10g}{max(run[what] for run in runs):>11.2f}", flush=True)
    for clients in (0, CLIENTS):
        found, first = latency(clients)
        p50, p99 = (found[min(int(share * len(found)), len(found) - 1)] for share in (0.5, 0.99))
        beside = f"beside {clients} clients at full load" if clients else "alone"
        others = "" if first else ", other programs included"
        print(f"reading to output, {beside}: median {p50:.2f} ms, p99 {p99:.2f} ms, of {len(found)} (limit 10{others})", flush=True)
    more = cost()
    for name, shares in sorted(more.items(), key=lambda each: -statistics.median(each[1])):
        print(f"  {name:<16}{statistics.median(shares):8.4f} % of a core more while it holds")
    together = [sum(each) for each in zip(*more.values(), strict=True)]
    print(f"a loop that holds at 1 Hz costs {statistics.median(together):.3f} % of a core (limit 0.05)")


if __name__ == "__main__":
    main()
