"""Random faults on every device under load, for as long as you like: `python -m benchmarks.soak 1800 --seed 1`.

The daemon runs in this process, on simulated chips with real timing; eight clients in another one ask without pause.
It ends with exit code 0 when no request went unanswered, no value came from the wrong sensor, every device came back,
and neither threads nor descriptors nor memory grew after the warm-up; each violation is printed.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import zmq

from actors.bench.devices import Bench
from actors.core import events
from actors.core.clock import SystemClock
from supervisor import journal
from supervisor.configuration import default_bench_path, load
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor

BAND = 10.0
"""°C between the bands of two sensors."""
WIDTH = 3.0
"""°C that a sensor may be off the middle of its own band: drift, noise and the chip's steps."""
AMBIENT = 22.0
ANSWER_WITHIN = 3.0
CHIP_FAULTS = ("unplug", "nak", "eio", "garbage", "hang", "timeout", "slow", "wrong_chip", "brown_out")
BUS_FAULTS = ("stuck", "gone", "slow", "nak")
GPIO_FAULTS = ("hang", "gone", "drop", "restart")
MAX_STARTS_PER_MINUTE = 40
MAX_GROWTH_KIB = 2048


@dataclass
class Tally:
    """What the clients saw."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)


def client(port: int, seed: int, bands: dict[str, tuple[str, float]], until: float, tally: Tally) -> None:
    """Ask without pause until `until` (monotonic) and check every answer."""
    rng = random.Random(seed)
    context: zmq.Context[Any] = zmq.Context.instance()
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(f"tcp://127.0.0.1:{port}")
    while time.monotonic() < until:
        request = _request(rng, bands)
        begun = time.monotonic()
        socket.send(json.dumps(request).encode())
        if not socket.poll(ANSWER_WITHIN * 1000):
            tally.violations.append(f"no answer within {ANSWER_WITHIN} s: {request}")
            return
        reply = json.loads(socket.recv())
        took = time.monotonic() - begun
        kind = request["type"]
        tally.slowest[kind] = max(took, tally.slowest.get(kind, 0.0))
        tally.counts[f"{kind} {reply['state']}"] += 1
        _check(request, reply, bands, tally)
        time.sleep(rng.choice((0.0, 0.0, 0.001, 0.02)))
    socket.close()


def _request(rng: random.Random, bands: dict[str, tuple[str, float]]) -> dict[str, Any]:
    def component() -> dict[str, Any]:
        address = rng.choice(list(bands))
        return {"register": "add", "add": address, "channel": bands[address][0]}

    kind = rng.choices(("AQ", "AQ-MULTI", "PI", "status", "scan", "off", "nonsense"), (40, 25, 20, 4, 4, 1, 6))[0]
    match kind:
        case "AQ":
            return {"type": "AQ", **component(), **({"max_age": 0} if rng.random() < 0.1 else {})}
        case "AQ-MULTI":
            return {"type": "AQ-MULTI", "components": [component() for _ in range(rng.choice((2, 6, 6, 40)))]}
        case "PI":
            return {"type": "PI", "register": "pin", "pin": 18, "value": rng.randrange(256)}
        case _:
            return {"type": kind}


def _check(request: dict[str, Any], reply: dict[str, Any], bands: dict[str, tuple[str, float]], tally: Tally) -> None:
    if request["type"] == "nonsense":
        if reply["state"] != "ERROR":
            tally.violations.append(f"nonsense was acknowledged: {reply}")
        return
    if reply["state"] != "ACK":
        return
    if request["type"] == "AQ":
        _check_value(request, reply["value"], bands, tally)
    elif request["type"] == "AQ-MULTI":
        for part, value in zip(request["components"], reply["value"], strict=True):
            if isinstance(value, dict):
                tally.counts["component ERROR"] += 1
            else:
                _check_value(part, value, bands, tally)
    elif request["type"] == "PI" and abs(reply["value"] - request["value"]) > 0.01:
        tally.violations.append(f"PI {request['value']} acknowledged as {reply['value']}")


def _check_value(part: dict[str, Any], value: float, bands: dict[str, tuple[str, float]], tally: Tally) -> None:
    tally.counts["values"] += 1
    middle = bands[part["add"]][1]
    if abs(value - middle) > WIDTH:
        tally.violations.append(f"{part['add']} gave {value}, outside its band {middle} +- {WIDTH}")


def clients(port: int, seed: int, count: int, bands: dict[str, tuple[str, float]], seconds: float, pipe: Any) -> None:
    """Run the clients, one thread each, and send home what they saw. A process of its own."""
    until = time.monotonic() + seconds
    tallies = [Tally() for _ in range(count)]
    threads = [threading.Thread(target=client, args=(port, seed + n, bands, until, tallies[n])) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Tally()
    for tally in tallies:
        total.counts.update(tally.counts)
        total.violations += tally.violations
        for kind, took in tally.slowest.items():
            total.slowest[kind] = max(took, total.slowest.get(kind, 0.0))
    pipe.send((dict(total.counts), total.violations, total.slowest))


class Soak:
    """The daemon under test, in this process."""

    def __init__(self, seed: int) -> None:
        bench = load(default_bench_path())
        self.bench = Bench(**{name: getattr(bench, name) for name in bench.__slots__} | {"frame_interval": 0.0})
        self.rig = SimulatedRig(self.bench, SystemClock())
        self.bands: dict[str, tuple[str, float]] = {}
        for index, sensor in enumerate(self.bench.sensors):
            shift = BAND * index
            self.rig.bench.place(sensor.address, shift)
            channel = "external" if sensor.driver == "EMC2101" else "temp"
            self.bands[f"0x{sensor.address:02x}"] = (channel, AMBIENT + shift)
        self.random = random.Random(seed)
        self.progress = Progress()
        self.supervisor = Supervisor.start(self.bench, self.rig, SystemClock(), bind="127.0.0.1", port=0, progress=self.progress)
        assert self.progress.ready.wait(10), self.progress.failure

    def inject(self) -> str:
        """Break something, and return what; it is repaired by the caller."""
        sensors = [sensor.name for sensor in self.bench.sensors]
        target = self.random.choices((self.random.choice(sensors), "bus", "pigpiod"), (6, 1, 1))[0]
        kinds: tuple[str, ...] = {"bus": BUS_FAULTS, "pigpiod": GPIO_FAULTS}.get(target, CHIP_FAULTS)
        self.rig.inject(target, self.random.choice(kinds), {})
        return target

    def storm(self, seconds: float, starts: list[tuple[float, dict[str, int]]], faults: Counter[str]) -> None:
        """Inject and repair faults for `seconds`, sometimes several at once."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            broken = {self.inject() for _ in range(self.random.choice((1, 1, 2, 3)))}
            faults.update(broken)
            time.sleep(self.random.uniform(0.05, 4.0))
            for target in broken:
                self.rig.inject(target, "clear", {})
            starts.append((time.monotonic(), {name: child["restarts"] for name, child in self.status()["children"].items()}))
            time.sleep(self.random.choice((0.0, 0.2, 1.0, 3.0)))
        self.rig.inject("all", "clear", {})

    def status(self) -> dict[str, Any]:
        """Return the status document, asked over the wire."""
        with zmq.Context() as context, context.socket(zmq.REQ) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(f"tcp://127.0.0.1:{self.progress.port}")
            socket.send(b'{"type": "status"}')
            if not socket.poll(5000):
                raise SystemExit("no answer to status within 5 s")
            value: dict[str, Any] = json.loads(socket.recv())["value"]
            return value

    def healthy(self, seconds: float) -> list[str]:
        """Wait until every child serves; return those that do not."""
        until = time.monotonic() + seconds
        while True:
            children = self.status()["children"]
            lost = [f"{name} is {child['state']}: {child['error']}" for name, child in children.items() if child["state"] != "running"]
            if not lost or time.monotonic() >= until:
                return lost
            time.sleep(0.2)

    def end(self) -> None:
        """Stop the daemon."""
        from actors.messages import Shutdown

        self.supervisor.tell(Shutdown("soak"))
        self.progress.finished.wait(10)


def footprint() -> dict[str, int]:
    """Return threads, descriptors and resident memory (KiB) of this process."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return {"threads": threading.active_count(), "descriptors": len(list(Path("/proc/self/fd").iterdir())), "resident_kib": resident}


def storms(starts: list[tuple[float, dict[str, int]]]) -> list[str]:
    """Return every child that was started too often within a minute."""
    found = set()
    for when, counts in starts:
        for later, later_counts in starts:
            if when < later <= when + 60:
                found |= {name for name in counts if later_counts[name] - counts[name] > MAX_STARTS_PER_MINUTE}
    return [f"{name} was started more than {MAX_STARTS_PER_MINUTE} times in a minute" for name in sorted(found)]


def main() -> int:
    """Run the soak; return 0 if nothing was violated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=1800.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--log-level", default="critical")
    arguments = parser.parse_args()
    journal.set_up(arguments.log_level)
    # The log's thread starts with the first record, which must not be the first one after the warm-up.
    structlog.get_logger().critical(events.FAULT_INJECTED, target="everything", kind="soak")
    warm_up = max(20.0, arguments.seconds / 10)
    soak = Soak(arguments.seed)
    home, away = multiprocessing.get_context("spawn").Pipe()
    load_seconds = warm_up + arguments.seconds + 50
    peers = multiprocessing.get_context("spawn").Process(
        target=clients, args=(soak.progress.port, arguments.seed, arguments.clients, soak.bands, load_seconds, away)
    )
    peers.start()
    faults: Counter[str] = Counter()
    starts: list[tuple[float, dict[str, int]]] = []
    soak.storm(warm_up, starts, faults)
    violations = soak.healthy(45)
    before = footprint()
    soak.storm(arguments.seconds, starts, faults)
    violations += soak.healthy(45)
    after = footprint()
    peers.join()
    counts, seen, slowest = home.recv()
    violations += seen + storms(starts)
    soak.end()
    violations += [f"{name} grew from {before[name]} to {after[name]}" for name in ("threads", "descriptors") if after[name] > before[name]]
    if after["resident_kib"] - before["resident_kib"] > MAX_GROWTH_KIB:
        violations.append(f"memory grew from {before['resident_kib']} to {after['resident_kib']} KiB")
    print(f"seed {arguments.seed}, {arguments.seconds:g} s of faults after {warm_up:g} s of warm-up, {arguments.clients} clients")
    print(f"faults: {sum(faults.values())}: {dict(faults.most_common())}")
    print(f"answers: {dict(sorted(counts.items()))}")
    print(f"slowest answer of each kind, s: { {kind: round(took, 3) for kind, took in sorted(slowest.items())} }")
    print(f"after the warm-up: {before}")
    print(f"at the end:        {after}")
    for violation in violations[:20]:
        print(f"VIOLATION: {violation}")
    print(f"{len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
