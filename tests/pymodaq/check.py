"""`python3 dev.py check-pymodaq`: PyMoDAQ's own director modules against a bench in the network of a real coordinator; minutes.

    python -m tests.pymodaq.check PYTHON...     each the Python of an environment with another PyMoDAQ

Everything is real but the bench's hardware: PyMoDAQ with its windows off screen, pyleco's coordinator, the daemon. Beside them the plugin's
two generations speak to port 5555, as tests/e2e/test_plugins.py has them. Exit code 0: all well; 1: not well.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.e2e.test_plugins import SENSORS, NewerPlugin, OlderPlugin
from tests.pymodaq.hands import PyMoDAQ
from tests.pymodaq.laboratory import Laboratory
from tests.vm.report import Report

READINGS = ("rh_sortie", "t_resistance", "t_dissipateur", "t_entree", "t_sortie", "T_emc")
HEATER = 23
WATCHED = 8.0
"""Seconds of a live grab."""
BACK = 3.0
"""Seconds within which a bench is served again."""


class Check:
    """One PyMoDAQ at one bench; every check is noted in `report`."""

    def __init__(self, report: Report, pymodaq: PyMoDAQ, laboratory: Laboratory) -> None:
        self.report, self.pymodaq, self.laboratory = report, pymodaq, laboratory

    @property
    def heater(self) -> float:
        """Where the heater really is."""
        return self.laboratory.client.read("resistance")

    def add(self, kind: str, name: str, actor: str) -> None:
        state = self.pymodaq.module(kind, name, actor, self.laboratory.coordinator.port)
        self.report.check(f"{name}: initialised by the name {actor}, once", state["states"] == [True], state)

    def arrives(self, how: str, position: float, where: float) -> None:
        """Have the mover go somewhere, and look whether it and the heater arrive."""
        begun = len(self.pymodaq.state("mover")["done"])
        self.pymodaq.ask("mover", "move", position, how)
        state = self.pymodaq.until("mover", lambda state: len(state["done"]) > begun)
        self.report.check(f"move_{how} {position:g}: the module says done at {where:g}", state["done"][begun:] == [where], state)
        self.report.check(f"the heater is at {where:g}", self.heater == where, self.heater)

    def still(self, names: Sequence[str]) -> None:
        """Look whether modules are initialised, and were all the time."""
        for name in names:
            state = self.pymodaq.state(name)
            self.report.check(f"{name} is initialised, without a second time", state["initialized"] and state["states"] == [True], state)

    def snaps(self, patience: float = 5.0) -> float | None:
        """Press `snap` until a frame comes; return how long that took, None if it did not."""
        begun, known = time.monotonic(), len(self.pymodaq.state("viewer")["seen"])
        while time.monotonic() < begun + patience:
            self.pymodaq.ask("viewer", "snap")
            if len(self.pymodaq.until("viewer", lambda state: len(state["seen"]) > known, 0.4)["seen"]) > known:
                return time.monotonic() - begun
        return None

    def read(self) -> None:
        """Single frames."""
        self.add("viewer", "viewer", "bench1")
        self.report.check("a snap gives a frame", self.snaps() is not None, self.pymodaq.state("viewer"))
        labels, values = self.pymodaq.state("viewer")["seen"][-1]
        self.report.check(
            "with a curve for each sensor, named with its units", labels[:2] == ["rh_sortie (RH)", "t_resistance (°C)"], labels
        )
        now = self.laboratory.client.numbers(READINGS)
        near = all(abs(value - now[name]) < 2 for name, value in zip(READINGS, values, strict=True))
        self.report.check("and with what the bench measures", near, (values, now))

    def drive(self) -> None:
        """Set-points, units, stop and home."""
        self.add("mover", "mover", "bench1_resistance")
        state = self.pymodaq.until("mover", lambda state: state["seen"])
        self.report.check("the position comes by itself", state["seen"][:1] == [0.0], state)
        self.report.check("and its units", state["units"] == "%", state)
        self.arrives("abs", 128.0, 128.0)
        self.arrives("rel", -28.0, 100.0)
        self.pymodaq.ask("mover", "stop")
        self.arrives("abs", 40.0, 40.0)
        self.pymodaq.ask("mover", "home")
        self.laboratory.until(lambda: self.heater == 0, "home is off")
        self.report.check("home switches it off", self.heater == 0.0, self.heater)

    def refusals(self) -> None:
        """What the bench will not do is said in PyMoDAQ, and harms no module."""
        self.laboratory.reload(drive=False)
        self.pymodaq.ask("mover", "move", 77.0)
        said = "this bench is only read over LECO"
        self.laboratory.until(lambda: said in self.pymodaq.log(), "PyMoDAQ's log has the bench's sentence")
        self.report.check("a refusal is in PyMoDAQ's log, in words", said in self.pymodaq.log())
        self.report.check("and nothing was driven", self.heater == 0.0, self.heater)
        self.laboratory.reload(drive=True)
        self.still(["mover", "viewer"])
        self.arrives("abs", 30.0, 30.0)

    def grab(self) -> None:
        """A live grab of six channels, beside both generations of the plugin on the other port."""
        for name in READINGS:
            self.add("viewer", name, f"bench1_{name}")
        before = self.laboratory.cursor()
        for name in READINGS:
            self.pymodaq.ask(name, "grab")
        self.plugins(WATCHED)
        for name in READINGS:
            self.pymodaq.ask(name, "grab")
        measured = self.laboratory.measured(before, READINGS)
        for name in READINGS:
            seen = [values[0] for _labels, values in self.pymodaq.state(name)["seen"]]
            self.once(name, seen, [each.value for each in measured[name]])

    def once(self, name: str, seen: list[float], measured: list[Any]) -> None:
        """Look whether what a viewer was given is what was measured, one after the other; the first may be of before the grab."""
        where = [first for first in range(len(measured)) if measured[first : first + len(seen) - 1] == seen[1:]]
        missing = len(measured) - len(seen)
        good = bool(where) and len(seen) > 3 and missing <= 2
        title = f"{name}: {len(seen)} frames, each new reading once, none twice, none lost"
        self.report.check(title, good, f"seen {seen}, measured {measured}")

    def plugins(self, seconds: float) -> None:
        """Let both generations of the plugin read and drive on port 5555."""
        older, newer = OlderPlugin(self.laboratory.port), NewerPlugin(self.laboratory.port)
        try:
            components = [{"register": "add", "add": address, "channel": "", "pin": "None"} for address in SENSORS.values()]
            end, frames = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                good = -1 not in older.grab(components)
                frames += good
            self.report.check(f"the older plugin had {frames} frames on port 5555 meanwhile, none with -1", good and frames)
            newer.move(18, 100.0)
            self.report.check("the newer one drives", self.laboratory.client.read("ventilateur") == 100.0)
            newer.move(18, 0.0)
        finally:
            older.close()
            newer.close()

    def coordinator(self) -> None:
        """The coordinator dies, and comes back a second later."""
        self.live()
        self.laboratory.coordinator.kill()
        time.sleep(1.0)
        self.laboratory.coordinator.start()
        self.back("coordinator")

    def daemon(self) -> None:
        """The bench's daemon dies, and is started again."""
        self.laboratory.daemon.process.kill()
        self.laboratory.daemon.process.wait()
        self.laboratory.start()
        self.back("daemon")

    def live(self) -> None:
        """Begin a live grab, if there is none."""
        known = len(self.pymodaq.state("t_resistance")["seen"])
        self.pymodaq.ask("t_resistance", "grab")
        state = self.pymodaq.until("t_resistance", lambda state: len(state["seen"]) > known)
        self.report.check("a live grab is under way", len(state["seen"]) > known, state)

    def back(self, what: str) -> None:
        """Look how soon everything goes on after the return of something."""
        took = self.snaps(10.0)
        self.report.check(f"the {what} is back: a snap within {BACK:g} s", took is not None and took <= BACK, took)
        self.report.note(f"it took {took} s")
        known = len(self.pymodaq.state("t_resistance")["seen"])
        state = self.pymodaq.until("t_resistance", lambda state: len(state["seen"]) > known + 2, 10.0)
        self.report.check("the live grab goes on", len(state["seen"]) > known + 2, len(state["seen"]) - known)
        self.arrives("abs", 50.0, 50.0)
        self.arrives("abs", 30.0, 30.0)
        self.still(["mover", "viewer", "t_resistance"])

    def all(self) -> None:
        """Every group, in order."""
        for title in ("read", "drive", "refusals", "grab", "coordinator", "daemon"):
            self.report.section(f"{self.version} {title}")
            try:
                getattr(self, title)()
            except Exception as error:
                self.report.check(f"{title} ends", error)

    version = ""


def main() -> int:
    """Check each PyMoDAQ, one after the other."""
    report = Report()
    for python in sys.argv[1:]:
        asked = [python, "-c", "from importlib.metadata import version; print(version('pymodaq'), version('pyleco'))"]
        versions = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with Laboratory(folder) as laboratory, PyMoDAQ(python, folder) as pymodaq:
                check = Check(report, pymodaq, laboratory)
                check.version = f"PyMoDAQ {versions[0]}"
                check.all()
    return report.summary()


if __name__ == "__main__":
    sys.exit(main())
