"""Every attack of `hostile.py` beside a good client: `python -m benchmarks.attacks [SECONDS]`, a minute by default.

The daemon has one core to itself; the good client and the attackers, who would be other computers, share the others, and the good client
goes first there. Rounds with and without each attack alternate.
Ends with exit code 0 when no answer was wrong, none was lost but the one under way when the gateway began anew, and the daemon is the same
process and as large as before.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from benchmarks import hostile
from benchmarks.peers import CORE, Server

ROOT = Path(__file__).resolve().parent.parent
ROUNDS: Final = 3
WITHIN: Final = 1.0
"""Seconds after which an answer counts as lost, and is asked for again."""
REFUSALS: Final = frozenset({"busy", "expired"})
"""Codes of a request that was not done, and said so: it met a gateway that began anew, or came right after that."""
LARGER: Final = 120 * 1024
"""KiB that the daemon may grow under an attack: what a gateway may, and what comes before the next look."""
LEFT: Final = 48 * 1024
"""KiB that it may be larger when the attacker has gone."""


class Row(NamedTuple):
    """What one attack did to the good client (us), and to the daemon (KiB)."""

    attack: str
    calm: float
    attacked: float
    ninety_nine: float
    peak: int
    left: int
    lost: int
    refused: int
    renewed: int
    longest: float

    @property
    def ratio(self) -> float:
        """How much longer half of the answers took."""
        return self.attacked / self.calm


class Daemon:
    """The default bench in a process of its own, without pacing; what it logs is on the terminal."""

    def __init__(self, folder: Path) -> None:
        config = folder / "config.py"
        config.write_text(
            (ROOT / "config.py").read_text(encoding="utf-8") + "\nFRAME_INTERVAL = 0\nDEADLINE = 1.5\nALLOW = []\n",
            encoding="utf-8",
        )
        os.environ["PYTHONPATH"] = str(ROOT)
        everywhere = "0.0.0.0"  # noqa: S104 - so that there are connections to refuse
        self.server = Server.simulated("--config", str(config), bind=everywhere, level="warning")
        self.asked = 0
        while not self.server.ask(b'{"type": "status"}')["healthy"]:
            time.sleep(0.1)
        self.server.settle()

    def good(self, seconds: float) -> tuple[list[float], int, int]:
        """Ask without pause, as a good client does; return the round trips in us, how many answers were lost or wrong, how many refused."""
        client, times, lost, refused, until = self.server.client, [], 0, 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.asked += 1
            number = self.asked
            kind = (
                {"type": "PI", "register": "pin", "pin": 18, "value": number % 200}
                if number % 20 == 0
                else {"type": "AQ", "register": "add", "add": "0x48", "max_age": 3600}
            )
            begun = time.perf_counter()
            client.send(json.dumps({**kind, "id": number}).encode())
            reply: dict[str, Any] = {}
            while reply.get("id") != number and client.poll(int(WITHIN * 1000)):
                reply = json.loads(client.recv())  # an earlier one that was taken for lost is passed over
            times.append((time.perf_counter() - begun) * 1e6)
            if reply.get("code") in REFUSALS:
                refused += 1
            elif reply.get("state") != "ACK" or reply["value"] != kind.get("value", reply["value"]):
                print(f"  {kind}: {reply or 'no answer'}")
                lost += 1
        return times, lost, refused

    def renewed(self) -> int:
        """Return how often the gateway has begun anew."""
        for _ in range(20):
            self.server.client.send(b'{"type": "status", "id": "renewed"}')
            while self.server.client.poll(int(WITHIN * 1000)):
                reply = json.loads(self.server.client.recv())
                if reply.get("id") == "renewed" and reply["state"] == "ACK":
                    return int(reply["value"]["children"]["gateway"]["restarts"])
        raise SystemExit("the daemon answers no more")

    def quiet(self) -> None:
        """Wait until what an attacker left behind has been dealt with."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            before = self.server.cpu()
            time.sleep(0.2)
            if self.server.cpu() - before < 0.05:
                return


class Attacker:
    """A process that attacks while it is told to."""

    def __init__(self, name: str, port: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.go, self.end = context.Event(), context.Event()
        self.process = context.Process(target=_attack, args=(name, port, self.go, self.end), daemon=True)

    def __enter__(self) -> Self:
        self.process.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.go.set()
        self.end.set()
        self.process.join(10)


def _elsewhere() -> None:
    """Keep this process off the daemon's core, where there is another one."""
    os.sched_setaffinity(0, os.sched_getaffinity(0) - {CORE} or {CORE})


def _attack(name: str, port: int, go: Any, end: Any) -> None:
    _elsewhere()
    os.nice(19)
    while True:
        go.wait()
        if end.is_set():
            return
        with hostile.Ongoing(hostile.ATTACKS[name], port):
            while go.is_set() and not end.is_set():
                time.sleep(0.01)


class Watch:
    """The largest size of a process while the `with` block lasts."""

    def __init__(self, process: int) -> None:
        self.peak = 0
        self._process = process
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            self.peak = max(self.peak, hostile.resident(self._process) or 0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()


def measure(daemon: Daemon, name: str, seconds: float) -> Row:
    """Return what one attack does."""
    process = daemon.server.process.pid
    before, renewed, peak, lost, refused = daemon.server.resident(), daemon.renewed(), 0, 0, 0
    calm, attacked, all_ = [], [], []
    with Attacker(name, daemon.server.port) as attacker:
        time.sleep(0.5)
        for _ in range(ROUNDS):
            attacker.go.clear()
            time.sleep(0.3)
            daemon.quiet()
            calm.append(statistics.median(daemon.good(seconds / ROUNDS / 3)[0]))
            attacker.go.set()
            time.sleep(0.2)
            with Watch(process) as watch:
                times, missing, denied = daemon.good(seconds / ROUNDS * 2 / 3)
            peak, lost, refused = max(peak, watch.peak), lost + missing, refused + denied
            attacked.append(statistics.median(times))
            all_ += times
    left = _settled(daemon, before)
    ninety_nine = sorted(all_)[int(len(all_) * 0.99)]
    medians = statistics.median(calm), statistics.median(attacked)
    counts = lost, refused, daemon.renewed() - renewed
    return Row(name, *medians, ninety_nine, peak - before, left - before, *counts, max(all_) / 1000)


def _settled(daemon: Daemon, before: int) -> int:
    """Return the daemon's size when what the attacker left behind has been dealt with."""
    until = time.monotonic() + 15
    while time.monotonic() < until and daemon.server.resident() - before > LEFT / 4:
        time.sleep(0.1)
    return daemon.server.resident()


def main() -> int:
    """Attack, print the table, and return 1 if anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=60.0)
    parser.add_argument("--only", default="", help="attacks whose name holds this")
    arguments = parser.parse_args()
    names = [name for name in hostile.ATTACKS if arguments.only in name]
    violations = []
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(Path(folder))
        _elsewhere()
        daemon.good(0.5)
        columns = "".join(f"{name:>10}" for name in ("lost", "refused", "renewed", "longest ms", "peak MiB", "left MiB"))
        print(f"{'attack':<38}{'p50 us':>8}{'attacked':>10}{'ratio':>9}{'p99 us':>9} {columns}", flush=True)
        for name in names:
            row = measure(daemon, name, arguments.seconds / len(names))
            print(
                f"{name:<38}{row.calm:>8.0f}{row.attacked:>10.0f}{row.ratio:>9.2f}{row.ninety_nine:>9.0f} {row.lost:>10}{row.refused:>10}"
                f"{row.renewed:>10}{row.longest:>10.0f}{row.peak / 1024:>+10.1f}{row.left / 1024:>+10.1f}",
                flush=True,
            )
            if row.lost > row.renewed:
                violations.append(f"{name}: {row.lost} answers of the good client were lost or wrong")
            if row.peak > LARGER or row.left > LEFT:
                violations.append(f"{name}: the daemon grew by {row.peak} KiB, and {row.left} KiB of it stayed")
            if daemon.server.process.poll() is not None:
                violations.append(f"{name}: the daemon ended")
                break
        daemon.server.close()
    for violation in violations:
        print(f"VIOLATION: {violation}")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{len(violations)} violations; load average {load} on {os.cpu_count()} cores")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
