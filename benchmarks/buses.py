"""Many sensors behind a multiplexer, and one bus beside another that hangs: `python -m benchmarks.buses`, a minute.

The daemon runs in a process of its own on simulated chips with real byte timing: `count` TMP102 on eight channels, measured once a second,
and two more on a second adapter. Printed: processor time and memory per sensor, the cost of a request, and what a chip that hangs costs the
sensors of the other adapter and how soon it is fenced. Ends with exit code 0 when every figure is within its limit.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, SensorSpec
from actors.drivers import SENSOR_DRIVER_REGISTRY
from benchmarks.peers import free_port
from pilotage import Client, ClientError

FEW, MANY = 8, 100
CHANNELS: Final = 8
SECONDS: Final = 10.0
"""s over which processor time is counted."""
REQUESTS: Final = 300
ADDED, FENCED, FLAT = 0.020, 1.0, 2.0
"""Limits: s that a hang on one adapter adds to a request on another, s until it is fenced, factor of AQ from few sensors to many."""


def bench(count: int) -> Bench:
    """Return `count` sensors on eight channels, and two on a second adapter."""
    kind = SENSOR_DRIVER_REGISTRY["TMP102"]

    def sensor(name: str, path: BusPath, address: int, wire: int) -> SensorSpec:
        return SensorSpec(name, name, name, "TMP102", address, "°C", 1.0, kind.max_age, 1.0, kind.Options(), {}, path, {"temp": wire})

    muxed = [sensor(f"s{n}", BusPath(1, 0x70, n % CHANNELS), 0x10 + n // CHANNELS, 0x100 + n) for n in range(count)]
    beside = [sensor(f"b{n}", BusPath(3), 0x48 + n, 0x800 + n) for n in range(2)]
    return Bench("benchmarks", 1, (*muxed, *beside), (), frame_interval=0.0)


class Daemon:
    """One daemon of `count` sensors in a process of its own."""

    def __init__(self, count: int) -> None:
        port = free_port()
        self.process = subprocess.Popen([sys.executable, "-m", "benchmarks.buses", "serve", str(count), str(port)])
        self.client = Client(f"127.0.0.1:{port}", timeout=30.0)
        until = time.monotonic() + 60.0
        while True:
            try:
                if self.client.status()["healthy"]:
                    return
            except ClientError:
                pass
            if time.monotonic() > until:
                raise SystemExit("the daemon does not serve")
            time.sleep(0.2)

    def processor(self) -> float:
        """Return the share of a processor that it takes at rest."""
        begun = self._ticks()
        time.sleep(SECONDS)
        return (self._ticks() - begun) / os.sysconf("SC_CLK_TCK") / SECONDS

    def memory(self) -> float:
        """Return the MiB that it holds."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def request(self, number: str, max_age: float | None = None) -> float:
        """Return the median s of a reading."""
        took = []
        for _ in range(REQUESTS):
            begun = time.perf_counter()
            self.client.read(number, max_age=max_age)
            took.append(time.perf_counter() - begun)
        return statistics.median(took)

    def fenced(self, name: str) -> float:
        """Let the chip of `name` hang and ask for a measurement; return the s until the daemon has given it up."""
        self.client.fault(name, "hang")
        with ThreadPoolExecutor(1) as helper:
            begun = time.monotonic()
            asked = helper.submit(self._refused, name)
            while self.client.status()["children"][name]["error"] is None:
                time.sleep(0.01)
            took = time.monotonic() - begun
            asked.result()
        return took

    def _refused(self, name: str) -> None:
        with Client(self.client.endpoint, timeout=30.0) as another, suppress(ClientError):
            another.read(name, max_age=0)

    def close(self) -> None:
        """End it."""
        self.client.close()
        self.process.terminate()
        self.process.wait()

    def _ticks(self) -> int:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def main() -> int:
    """Measure, print, and return 0 when all is within its limit."""
    figures = {}
    for count in (FEW, MANY):
        daemon = Daemon(count)
        try:
            figures[count] = daemon.processor(), daemon.memory(), daemon.request("0x100")
            if count == MANY:
                alone = daemon.request("0x800", 0.5)
                fenced = daemon.fenced("s1")
                beside = daemon.request("0x800", 0.5)
        finally:
            daemon.close()
    (idle, small, quick), (busy, large, slow) = figures[FEW], figures[MANY]
    more = MANY - FEW
    print(f"processor per sensor at 1 Hz: {(busy - idle) / more * 1e6:.0f} us per s ({busy:.1%} for {MANY} sensors)")
    print(f"memory per sensor: {(large - small) / more * 1024:.0f} KiB ({large:.0f} MiB for {MANY} sensors)")
    print(f"AQ: {quick * 1e6:.0f} us with {FEW} sensors, {slow * 1e6:.0f} us with {MANY}; limit: {FLAT:g} times")
    print(
        f"a chip that hangs: fenced after {fenced:.2f} s (limit {FENCED:g} s); it adds {max(beside - alone, 0) * 1e3:.2f} ms to a request"
    )
    return int(slow > FLAT * quick or fenced > FENCED or beside - alone > ADDED)


def serve(count: int, port: int) -> int:
    """Be the daemon."""
    from supervisor import journal
    from supervisor.daemon.run import run
    from supervisor.daemon.stages import Options

    journal.set_up("critical")
    return run(Options(bench(count), simulate=True, bind="127.0.0.1", port=port))


if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[2]), int(sys.argv[3])) if sys.argv[1:2] == ["serve"] else main())
