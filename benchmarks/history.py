"""What a history takes and gives: `python3 dev.py history [PART...] [--days N] [--minutes N]`, a few minutes each.

`size`: a month of ten channels at 1 Hz on disk, and questions to it with cold files. `flood`: ten minutes of a hundred channels at 10 Hz.
`daemon`: what a round trip costs while a recorder follows, against none. `process`, `hundred` and `page` are in `history_live.py`.
What a day costs the card is measured by `dev.py powercut`. The figures of a busy machine say little: each part tells its load.
Ends with exit code 0 when every figure is within its limit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.history_live import PARTS
from benchmarks.history_load import CHANNELS, hours, parts
from benchmarks.peers import Server, request
from pilotage.history.table import Style, lines
from recorder.recording import Recorder
from recorder.store import Store
from recorder.store.reader import Reader

START: Final = 1_700_000_000.0
DAY: Final = 86400.0
ROUNDS: Final = 8
REQUESTS: Final = 800
READ: Final = request("AQ")
FAILED: Final[list[str]] = []


def row(what: str, found: float, limit: float, unit: str) -> None:
    """Print a figure beside its limit."""
    good = found <= limit
    print(f"  {what:<58}{found:>10.3g} {unit:<6} limit {limit:g}{'' if good else '   MISSED'}", flush=True)
    if not good:
        FAILED.append(what)


def cold(folder: Path) -> None:
    """Have the files of a history leave the kernel's memory."""
    for path in folder.glob("history-*"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def asked(what: str, folder: Path, limit: float, ask: Callable[[Reader], object]) -> None:
    """Print what a question to a new reader costs with cold files: the best of some, which is that of a machine with nothing else to do."""
    found, spent = [], []
    for _ in range(7):
        cold(folder)
        begin, worked = time.perf_counter(), time.process_time()
        ask(Reader(folder))
        found.append((time.perf_counter() - begin) * 1000)
        spent.append((time.process_time() - worked) * 1000)
    row(f"{what} (median {statistics.median(found):.0f}, processor {min(spent):.0f})", min(found), limit, "ms")


def size(folder: Path, days: int) -> None:
    """Measure a month of load A, kept as the recorder does but for the waiting."""
    clock = [0.0]
    store = Store(folder, monotonic=lambda: clock[0])
    begin = time.process_time()
    for part in hours(START, days * 24):
        clock[0] += 3600.0
        store.append(part)
    store.close()
    spent = time.process_time() - begin
    count, end = 864_000 * days, START + days * DAY
    print(f"{days} days of 10 channels at 1 Hz, {count / 1e6:.1f} M readings, written in {spent:.0f} s")
    row(f"on disk, 30 days of it ({store.size() / count:.2f} bytes a reading)", store.size() / 1e6 / days * 30, 60, "MB")
    thousandth = days * DAY / 1000
    asked("the last hour of 10 channels", folder, 50, lambda it: it.read(CHANNELS, end - 3600, end))
    asked(f"{days} days of one channel in 1000 rows", folder, 200, lambda it: it.read(["t3"], START, end, thousandth))
    asked(f"{days} days of 10 channels in 1000 rows", folder, 2000, lambda it: it.read(CHANNELS, START, end, thousandth))
    asked("a day of one channel in 1000 rows", folder, 200, lambda it: it.read(["t3"], end - DAY, end, 86.4))


def flood(folder: Path) -> None:
    """Measure ten minutes of load B, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--flood", str(folder)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    print("10 minutes of 100 channels at 10 Hz")
    row("readings lost", found["lost"], 0, "")
    row("processor, of a core", found["cpu"] / 600 * 100, 5, "%")
    row("memory", found["rss"], 60, "MiB")
    row("on disk, an hour of it", found["bytes"] / 1e6 * 6, 100, "MB")


def flooded(folder: Path) -> None:
    """Take load B in, a second after the other, as fast as it goes."""
    clock = [0.0]
    store = Store(folder, monotonic=lambda: clock[0])
    spent = 0.0
    for part in parts(START, 600, 100, 10):
        clock[0] += 1.0
        begin = time.process_time()
        store.append(part)
        spent += time.process_time() - begin
    store.close()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    reader = Reader(folder)
    kept = sum(len(reader.read([f"t{number}"], START, START + 700).series[f"t{number}"].value) for number in range(100))
    print(json.dumps({"lost": 600_000 - kept, "cpu": spent, "rss": rss, "bytes": store.size()}))


def daemon(folder: Path) -> None:
    """Compare round trips while a recorder follows the daemon, and while it exports as well, with those beside none, in turns."""
    found: dict[str, list[list[float]]] = {"nobody": [], "recorder": [], "export": []}
    server = Server.daemon()
    try:
        for number in range(3 * ROUNDS):
            beside = list(found)[number % 3]
            if beside == "nobody":
                found[beside].append(trips(server))
                continue
            command = [sys.executable, __file__, "--follow", f"127.0.0.1:{server.port}", "--folder", str(folder), beside]
            recorder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert recorder.stdout is not None
            recorder.stdout.readline()
            found[beside].append(trips(server))
            recorder.communicate()
    finally:
        server.close()
    alone = found.pop("nobody")
    for beside, turns in found.items():
        print(f"round trips of a reading beside a {beside}, against those beside nobody, each the best of {ROUNDS} turns")
        for name, share, limit in (("median", 0.5, 1.02), ("99th percentile", 0.99, 1.2)):
            one, other = (min(sorted(times)[round(len(times) * share)] for times in each) for each in (turns, alone))
            row(f"{name}: {one * 1e6:.0f} against {other * 1e6:.0f} us", one / other, limit, "")


def trips(server: Server) -> list[float]:
    """Return the seconds of some round trips, a few hundred a second."""
    found = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        server.ask(READ)
        found.append(time.perf_counter() - begin)
        time.sleep(0.002)
    return found


def follow(endpoint: str, folder: Path, *, exports: bool) -> None:
    """Record until stdin is closed, and export a day of ten channels again and again. A process of its own."""
    from pilotage import Client

    os.nice(10)
    stop = threading.Event()
    old = Store(folder / "old")
    if exports and not old.names():
        for part in hours(START, 24):
            old.append(part)
            old.commit()
    with Client(endpoint) as client:
        recorder = Recorder(Store(folder / "new"), client)
        threads = [threading.Thread(target=recorder.run, args=(stop,))]
        if exports:
            threads.append(threading.Thread(target=export, args=(old, stop)))
        for thread in threads:
            thread.start()
        recorder.reached.wait(10)
        print("follows", flush=True)
        sys.stdin.read()
        stop.set()
        for thread in threads:
            thread.join()


def export(store: Store, stop: threading.Event) -> None:
    """Write CSV to nowhere, hour by hour."""
    while not stop.is_set():
        for hour in range(24):
            if not stop.is_set():
                found = store.read(CHANNELS, START + hour * 3600, START + hour * 3600 + 3600)
                sum(map(len, lines([found], Style("long"))))


def main() -> int:
    """Measure what is asked for, everything unless a part is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["size", "flood", "daemon", *PARTS])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10)
    for hidden in ("--flood", "--folder"):
        parser.add_argument(hidden, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--follow", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.flood is not None:
        flooded(arguments.flood)
    elif arguments.follow is not None:
        follow(arguments.follow, arguments.folder, exports=arguments.what == ["export"])
    else:
        parts: dict[str, Callable[[Path], None]] = {
            "size": lambda folder: size(folder, arguments.days),
            "flood": flood,
            "daemon": daemon,
        }
        for what in arguments.what:
            with TemporaryDirectory() as here:
                if what in PARTS:
                    PARTS[what](Path(here), row, arguments.minutes)
                else:
                    parts[what](Path(here))
                print(f"  (load {os.getloadavg()[0]:.1f})", flush=True)
    return int(bool(FAILED))


if __name__ == "__main__":
    sys.exit(main())
