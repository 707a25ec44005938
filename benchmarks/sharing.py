"""Eight clients ask for six sensors on top of each other: `python -m benchmarks.sharing [SECONDS]`, twenty by default.

The chips are simulated with their real timing, 80 ms for the AHT10. What is counted is what the chip was told and what the clients got;
ends with exit code 0 when conversions were shared and every client had its frames.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import statistics
import sys
import threading
import time
from typing import Any, Final

import zmq

from actors.core.clock import SystemClock
from actors.hardware.sim.chips.air.aht import MEASURE
from actors.messages import Shutdown
from supervisor import journal
from supervisor.configuration import default_bench_path, load
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor

CLIENTS: Final = 8
ADDRESSES: Final = ("0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C")
AHT10: Final = 0x38
REST: Final = 2.0
"""Seconds between two conversions that are not asked for with `max_age` 0: more often, the chip warms itself (`aht10.py`)."""
SHARE: Final = 0.75
"""Of the frames a second that one client alone gets, what each of eight must get."""


def frame(**more: Any) -> bytes:
    """Return a request for all six."""
    return json.dumps({"type": "AQ-MULTI", "components": [{"register": "add", "add": address} for address in ADDRESSES], **more}).encode()


def client(port: int, body: bytes, begin: float, seconds: float, found: list[float]) -> None:
    """Ask again as soon as there is an answer, and note when each came."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(f"tcp://127.0.0.1:{port}")
        while time.monotonic() < begin + seconds:
            dealer.send(body)
            values = json.loads(dealer.recv())["value"] if dealer.poll(5000) else []
            if len(values) != len(ADDRESSES) or not all(isinstance(value, float) for value in values):
                raise SystemExit(f"a frame that is none: {values}")
            found.append(time.monotonic())


def clients(port: int, body: bytes, count: int, seconds: float, pipe: Any) -> None:
    """Run the clients, each in a thread, and send home when their frames came. A process of its own."""
    found: list[list[float]] = [[] for _ in range(count)]
    begin = time.monotonic()
    threads = [threading.Thread(target=client, args=(port, body, begin, seconds, times)) for times in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(found)


def measure(port: int, body: bytes, count: int, seconds: float, conversions: list[float]) -> tuple[list[float], list[float]]:
    """Return the frames a second of each client, and when the chip began to convert meanwhile."""
    context = multiprocessing.get_context("spawn")
    home, away = context.Pipe()
    process = context.Process(target=clients, args=(port, body, count, seconds, away))
    process.start()
    times: list[list[float]] = home.recv()
    process.join()
    begun, ended = max(each[0] for each in times), min(each[-1] for each in times)
    rates = [sum(begun <= when <= ended for when in each) / (ended - begun) for each in times]
    return rates, [when for when in conversions if begun <= when <= ended]


def main() -> int:
    """Measure, print, and return 1 where the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=20.0)
    arguments = parser.parse_args()
    journal.set_up("critical")
    bench, clock, progress = load(default_bench_path()), SystemClock(), Progress()
    rig = SimulatedRig(bench, clock)
    conversions: list[float] = []
    chip: Any = rig.bench.bus.chips[AHT10]
    told = chip.write

    def write(data: bytes) -> None:
        if data[0] == MEASURE:
            conversions.append(time.monotonic())
        told(data)

    chip.write = write
    supervisor = Supervisor.start(bench, rig, clock, bind="127.0.0.1", port=0, progress=progress)
    if not progress.ready.wait(10):
        raise SystemExit(progress.failure)
    time.sleep(2.0)
    wrong = 0
    for name, body, shortest in (("as it comes", frame(), REST), ("`max_age` 0", frame(max_age=0), 0.08)):
        alone = 0.0
        for count in (1, CLIENTS):
            rates, begun = measure(progress.port, body, count, arguments.seconds / 4, conversions)
            pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
            frames = sum(rates) * statistics.mean(pauses)
            print(
                f"{name}, clients: {count}: {min(rates):.1f} to {max(rates):.1f} frames/s each, {sum(rates):.0f} together; "
                f"AHT10: a conversion every {statistics.mean(pauses):.2f} s (shortest {min(pauses):.2f} s), {frames:.1f} frames from each"
            )
            alone = alone or rates[0]
            wrong += min(pauses) < shortest * 0.9 or min(rates) < alone * SHARE
    supervisor.tell(Shutdown("measured"))
    progress.finished.wait(10)
    rig.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
