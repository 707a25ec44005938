"""The recorder and the page beside a real daemon: `python3 dev.py history [process] [hundred] [page] [--minutes N]`.

`process`: memory and processor of the recorder at load A (10 channels at 1 Hz), alone and with five browsers.
`hundred`: load B (100 channels at 10 Hz) for ten minutes, with the recorder killed on the way: what is lost, and what it takes.
`page`: the first curve in a browser that was never here before, also one as slow as a telephone, and what it loads.
"""

from __future__ import annotations

import http.client
import os
import signal
import statistics
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Final

from pilotage import Client
from recorder.store.catalogue import Catalogue, Clocks
from recorder.store.reader import Reader
from recorder.store.samples import TICK
from tests.browser import Browser
from tests.e2e.daemon import MODULE, Daemon
from tests.supervisor.web.conftest import Site

Row = Callable[[str, float, float, str], None]
"""How a figure is told: what it is, what was found, its limit, its unit."""
TICKS: Final = os.sysconf("SC_CLK_TCK")
LOOKERS: Final = 5
BROWSERS: Final = 5
DRAWN: Final = """new MutationObserver((_, watch) => {
  if (!document.querySelector('#curve canvas')) return;
  performance.mark('curve');
  watch.disconnect();
}).observe(document, { childList: true, subtree: true })"""
FIRST: Final = "performance.getEntriesByName('curve')[0]?.startTime"
LOADED: Final = "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)"


def bench(folder: Path, sensors: int, period: float) -> Path:
    """Write a bench of sensors with two channels each, which are read each `period` seconds."""
    path = folder / "config.py"
    entries = "".join(
        f"    {8 + number}: {{'driver': 'SIMULE', 'title': 'S', 'name': 's{number}', 'units': '°C', 'period': {period}}},\n"
        for number in range(sensors)
    )
    default = "    'default': {'driver': 'Unknown', 'title': 'S', 'name': 's', 'units': ''},\n"
    path.write_text(f"ACTUATORS_CONFIG = []\nSENSORS_CONFIG = {{\n{entries}{default}}}\n", encoding="utf-8")
    return path


@contextmanager
def site(folder: Path, sensors: int = 0, period: float = 1.0) -> Iterator[Site]:
    """Have a simulated bench with its page; the usual one without `sensors`."""
    more = ("--config", str(bench(folder, sensors, period))) if sensors else ()
    with Daemon(folder, "--simulate", "--web", "0", "--state", str(folder / "kept"), *more) as daemon:
        yield Site(daemon.ready().running())


def page_of(found: Site) -> int:
    """Return the process of the page."""
    pid = found.daemon.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[-1])


def cpu(pid: int) -> float:
    """Return the processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    """Return the memory of a process, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def share(pid: int, seconds: float) -> float:
    """Return what a process takes of a core during some seconds, percent."""
    before = cpu(pid)
    time.sleep(seconds)
    return (cpu(pid) - before) / seconds * 100


def process(folder: Path, row: Row, minutes: float) -> None:
    """Measure the recorder at load A."""
    print("the recorder at 10 channels, once a second")
    with site(folder, 5) as found:
        pid = page_of(found)
        time.sleep(15)
        row("processor, of a core, nobody looks", share(pid, 60 * minutes), 0.5, "%")
        stop = threading.Event()
        lookers = [threading.Thread(target=look, args=(found.port, stop)) for _ in range(LOOKERS)]
        for looker in lookers:
            looker.start()
        time.sleep(3)
        row(f"processor, of a core, {LOOKERS} browsers look", share(pid, 60 * minutes), 1.5, "%")
        row("memory", resident(pid), 45, "MiB")
        stop.set()
        for looker in lookers:
            looker.join()


def look(port: int, stop: threading.Event) -> None:
    """Ask what a browser with the page asks: the stream, and each minute the curve."""
    streaming = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    streaming.request("GET", "/stream")
    stream, due = streaming.getresponse(), 0.0
    while not stop.is_set():
        stream.read1(65536)
        if time.monotonic() >= due:
            due = time.monotonic() + 60
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/curve", timeout=20) as curve:
                curve.read()
    streaming.close()


def hundred(folder: Path, row: Row, minutes: float) -> None:
    """Measure load B through a daemon; the recorder is killed on the way, and another one goes on."""
    print(f"{minutes:g} minutes of 100 channels at 10 Hz, through a daemon, the recorder killed half way")
    sensors, kept = 50, folder / "kept"
    with Daemon(folder, "--simulate", "--config", str(bench(folder, sensors, 0.1))) as daemon:
        daemon.ready().running()
        seen, stop = Seen(), threading.Event()
        counting = threading.Thread(target=seen.count, args=(daemon.endpoint, stop))
        counting.start()
        words = ("web", "--config", str(folder / "config.py"), "--endpoint", daemon.endpoint, "--state", str(kept))
        for number in (signal.SIGKILL, signal.SIGTERM):
            recorder = Daemon(folder, *words, program=MODULE, own_port=True)
            time.sleep(30 * minutes)
            used, held = cpu(recorder.process.pid), resident(recorder.process.pid)
            recorder.process.send_signal(number)
            recorder.exit_code()
        stop.set()
        counting.join()
        reader, end = Reader(kept), time.time()
        # The history has one difference of the clocks for the whole run, and the boot clock is what both are told.
        (shift,) = {Clocks(contents.notes).shift(seen.boot_id) * TICK for _, contents in Catalogue(kept).contents()}
        found = {name: [at - shift for at in reader.read([name], end - 1e6, end).series[name].time] for name in seen.times}
        first, last = max(times[0] for times in found.values()), min(times[-1] for times in found.values())
        lost = twice = 0
        for name, times in found.items():
            there = {round(at, 2) for at in times}
            twice += len(times) - len(set(times))
            lost += sum(
                first < at < last and not {round(at + late, 2) for late in (-0.01, 0, 0.01)} & there
                for at in accumulate(seen.times[name], max)
            )
        total = sum(map(len, seen.times.values()))
        row("times that the other client was told too late", seen.missed, 0, "")
        row(f"readings lost, of {total}", lost, 0, "")
        row("readings kept twice", twice, 0, "")
        row("processor, of a core", used / (30 * minutes) * 100, 15, "%")
        row("memory", held, 60, "MiB")
        bytes_there = sum(path.stat().st_size for path in kept.iterdir())
        row(f"on disk, an hour of it ({bytes_there / max(total, 1):.1f} bytes a reading)", bytes_there / 1e6 * 60 / minutes, 400, "MB")


class Seen:
    """What another client was told by the daemon meanwhile."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self.boot_id = ""
        self.missed = 0

    def count(self, endpoint: str, stop: threading.Event) -> None:
        """Follow the daemon until `stop` is set."""
        with Client(endpoint) as client:
            cursor = None
            while not stop.is_set():
                part = client.history_since(cursor, 1.0)
                self.missed += cursor is not None and part["missed"]
                cursor, self.boot_id = part["cursor"], part["boot_id"]
                for name, column in part["readings"].items():
                    self.times.setdefault(name, []).extend(column["at"])


def page(folder: Path, row: Row, _minutes: float) -> None:
    """Measure the first curve of browsers that were never here before: the best of some is that of a machine with nothing else to do."""
    print(f"the page in {BROWSERS} fresh browsers, load {os.getloadavg()[0]:.1f}")
    with site(folder) as found:
        time.sleep(12)
        for what, throttle, limit in (("the first curve", 1, 1.0), ("the first curve, processor throttled four times", 4, 2.5)):
            told = [first_curve(found.url, throttle) for _ in range(BROWSERS)]
            times = sorted(seconds for seconds, _ in told)
            row(f"{what}, best (median {statistics.median(times):.2f}, worst {times[-1]:.2f})", times[0], limit, "s")
        row("what it loads", max(size for _, size in told) / 1000, 150, "kB")


def first_curve(url: str, throttle: int) -> tuple[float, float]:
    """Return the seconds from the start of the navigation to the first curve on a telephone's screen, and the bytes loaded."""
    with Browser() as browser:
        browser.screen(390, 844, phone=True)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=DRAWN)
        if throttle > 1:
            browser.call("Emulation.setCPUThrottlingRate", rate=throttle)
        browser.call("Page.navigate", url=url)
        seconds = browser.wait(FIRST, "the curve is drawn") / 1000
        return seconds, browser.evaluate(LOADED)


PARTS: Final[dict[str, Callable[[Path, Row, float], None]]] = {"process": process, "hundred": hundred, "page": page}
