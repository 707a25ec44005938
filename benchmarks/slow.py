"""The daemon on a processor as slow as a small Pi's: `python -m benchmarks.slow --cpu-factor 9`, as whoever may make a control group.

A quota gives the daemon 1 ms of every `factor` ms: less than a Pi Zero 2 has, whose four cores share what is one here. Prints what
it costs at rest, what a request takes, how long a start takes; then eight clients grab, a heater is on, and what is missed is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import zmq

from benchmarks.peers import SETTLED, Server, block, free_port

ADDRESSES: Final = ("0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C")
GRAB: Final = json.dumps({"type": "AQ-MULTI", "components": [{"register": "add", "add": add} for add in ADDRESSES]}).encode()
AQ: Final = b'{"type": "AQ", "register": "add", "add": "0x48"}'
HEATER: Final = b'{"type": "PI", "register": "pin", "pin": 23, "value": 20}'
FAN: Final = tuple(b'{"type": "PI", "register": "pin", "pin": 18, "value": %d}' % value for value in (100, 120))
WATCHDOG: Final = 20.0
"""Seconds, as in systemd/pilotage.service."""
MISSED: Final = frozenset({"child_hung", "child_lost", "lease_expired", "liveness_lost", "output_safe", "standstill", "daemon_failed"})
"""Events of the log that nothing but a lack of time can cause here."""


@contextlib.contextmanager
def quota(factor: float) -> Iterator[Path]:
    """Make a control group that has 1 ms of every `factor` ms; yield the file that takes processes. Raises OSError."""
    root = Path("/sys/fs/cgroup")
    one = (root / "cgroup.controllers").exists()
    group = (root if one else root / "cpu") / f"pilotage-slow-{os.getpid()}"
    group.mkdir()
    try:
        period = int(factor * 1000)
        if one:
            (group / "cpu.max").write_text(f"1000 {period}", encoding="ascii")
        else:
            (group / "cpu.cfs_period_us").write_text(str(period), encoding="ascii")
            (group / "cpu.cfs_quota_us").write_text("1000", encoding="ascii")
        yield group / "cgroup.procs"
    finally:
        with contextlib.suppress(OSError):  # while somebody is in it, it stays
            group.rmdir()


class Watchdog:
    """Stands for systemd: takes what the daemon says, and measures how far apart its words are."""

    def __init__(self, folder: str) -> None:
        self.address = f"{folder}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(0)
        self.environment = {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(int(WATCHDOG * 1e6))}
        self._last: float | None = None
        self.longest = 0.0

    def look(self) -> None:
        """Take what has come."""
        with contextlib.suppress(BlockingIOError):
            while True:
                fed = b"WATCHDOG=1" in self._socket.recv(4096)
                self.longest = max(self.longest, time.monotonic() - (self._last or time.monotonic()))
                self._last = time.monotonic() if fed or self._last is None else self._last

    def close(self) -> None:
        """Take no more."""
        self._socket.close()


def start(members: Path, watchdog: Watchdog, log: Any) -> tuple[Server, float]:
    """Start the default bench inside the quota; return it and the seconds to the first good AQ."""
    port, begun = free_port(), time.perf_counter()
    inside = f"open({str(members)!r}, 'w').write('0'); from supervisor.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = ("run", "--simulate", "--no-web", "--bind", "127.0.0.1", "--port", str(port), "--log-level", "info")
    os.environ.update(watchdog.environment)
    bench = Server("-c", f"import sys; {inside}", *command, port=port, log=log)
    os.sched_setaffinity(bench.process.pid, os.sched_getaffinity(0))  # the quota is all that slows it down
    while True:
        with contextlib.suppress(RuntimeError):  # a sensor that has not measured yet
            bench.ask(AQ)
            return bench, time.perf_counter() - begun


def spaced(bench: Server, bodies: list[bytes], count: int) -> list[float]:
    """Return round-trip times in microseconds, of requests so far apart that their pace is no part of it."""
    times = []
    for number in range(count):
        time.sleep(0.15)
        times += block(bench.client, [bodies[number % len(bodies)]], 1)
    return times


def grab(bench: Server, watchdog: Watchdog, seconds: float, clients: int = 8) -> tuple[Counter[str], list[float]]:
    """Have eight clients ask for six sensors, each again as soon as it has its answer; return the answers by kind, and what each took."""
    poller, asked = zmq.Poller(), {}
    for _ in range(clients):
        dealer = bench.connect()
        poller.register(dealer, zmq.POLLIN)
        dealer.send(GRAB)
        asked[dealer] = time.monotonic()
    answers: Counter[str] = Counter()
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        for dealer, _event in poller.poll(200):
            reply = json.loads(dealer.recv())
            took.append(time.monotonic() - asked[dealer])
            answers[reply.get("code", reply["state"])] += 1
            dealer.send(GRAB)
            asked[dealer] = time.monotonic()
        watchdog.look()
    for dealer in asked:
        dealer.close(0)
    return answers, took


def measure(factor: float, seconds: float) -> int:
    """Print the table; return the number of things that were missed."""
    with tempfile.TemporaryDirectory() as folder, quota(factor) as members, Path(folder, "log").open("w+b") as log:
        watchdog = Watchdog(folder)
        bench, first = start(members, watchdog, log)
        with bench:
            print(f"start to the first good AQ: {first:.2f} s")
            time.sleep(3)
            before = bench.cpu()
            time.sleep(seconds / 2)
            used = (bench.cpu() - before) / (seconds / 2) * 100
            print(f"at rest: {used:.2f} % of a core here, {used * factor:.1f} % of a slow one; {bench.resident() / 1024:.1f} MiB")
            time.sleep(SETTLED)
            for name, bodies in (("AQ", [AQ]), ("PI", [*FAN])):
                print(f"{name}: median {statistics.median(spaced(bench, bodies, 40)) / 1000:.1f} ms")
            bench.ask(HEATER)
            answers, took = grab(bench, watchdog, seconds)
            heater = float(bench.ask(b'{"type": "AQ", "register": "pin", "pin": 23}'))
        log.seek(0)
        records = [json.loads(line) for line in log if line.startswith(b"{")]
        watchdog.close()
    events = Counter(record["event"] for record in records if record.get("event") in MISSED and record.get("reason") != "stop")
    took.sort()
    print(f"8 clients, {seconds:g} s: {dict(answers)}; median {took[len(took) // 2]:.2f} s, longest {took[-1]:.2f} s")
    print(
        f"heater, set to 20, is at {heater:g}; longest time between two words for the watchdog: {watchdog.longest:.1f} s of {WATCHDOG:g} s"
    )
    missed = sum(events.values()) + sum(count for kind, count in answers.items() if kind != "ACK")
    missed += int(abs(heater - 20) > 1) + int(watchdog.longest > WATCHDOG)
    print(f"missed: {missed} {dict(events) or ''}")
    return missed


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu-factor", type=float, default=9.0, help="how many times slower than here (default: 9, about a Pi Zero 2)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the eight clients, and half of it at rest (default: 30)")
    arguments = parser.parse_args()
    try:
        return 1 if measure(arguments.cpu_factor, arguments.seconds) else 0
    except PermissionError as error:
        print(f"skipped: no control group can be made here ({error}); root can, or `systemd-run --scope -p CPUQuota=11%`")
        return 0


if __name__ == "__main__":
    sys.exit(main())
