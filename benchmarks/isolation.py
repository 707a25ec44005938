"""What one broken device, or one greedy client, costs the others: `python -m benchmarks.isolation`, three minutes.

The daemon runs in a process of its own on simulated chips with real timing. Each kind of request is timed without a fault and with it;
what is compared is the median, and the 95th percentile too, because a wait for a broken chip would show there first.
Ends with exit code 0 when every figure is within its limit.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.floods import flood
from benchmarks.peers import Server

ROOT = Path(__file__).resolve().parent.parent
ADDED: Final = 0.020
"""s that a fault elsewhere may add to a request."""
DEADLINE: Final = 1.5
ADDRESSES = {"rh_sortie": 0x38, "t_resistance": 0x48, "t_dissipateur": 0x49, "t_entree": 0x4A, "t_sortie": 0x4B, "T_emc": 0x4C}
VICTIM, OTHER, FAN_PIN = "t_sortie", "t_resistance", 18
MOST_COMPONENTS = 256
COUNT = 40
FAULTS: Final = {
    "hung": ("hang", {}),
    "timing out 1 s": ("timeout", {"seconds": 1.0}),
    "unplugged": ("unplug", {}),
    "garbage": ("garbage", {}),
}

Body = dict[str, Any]


class Row(NamedTuple):
    """One line of the table: seconds and how many there may be."""

    what: str
    took: float
    limit: float


def aq(name: str, **more: Any) -> Body:
    """Return a request for a sensor's temperature."""
    return {"type": "AQ", "register": "add", "add": hex(ADDRESSES[name]), "channel": "external" if name == "T_emc" else "temp", **more}


def six() -> Body:
    """Return one request for all six sensors."""
    return {"type": "AQ-MULTI", "components": [{k: v for k, v in aq(name).items() if k != "type"} for name in ADDRESSES]}


class Bench:
    """A daemon, and what a client does with it."""

    def __init__(self, folder: str) -> None:
        config = Path(folder) / "config.py"
        # Without the pacing of repeated requests, behind which 0.1 s of waiting would hide.
        config.write_text((ROOT / "config.py").read_text(encoding="utf-8") + "\nFRAME_INTERVAL = 0\n", encoding="utf-8")
        os.environ["PYTHONPATH"] = str(ROOT)
        self.server = Server.simulated("--config", str(config))
        self.healthy()
        self.server.settle()

    def ask(self, body: Body) -> tuple[Any, float]:
        """Return the reply and how long it took; raises if there is none within three deadlines."""
        begun = time.perf_counter()
        self.server.client.send(json.dumps(body).encode())
        if not self.server.client.poll(int(3000 * DEADLINE)):
            raise SystemExit(f"no answer to {body}")
        return json.loads(self.server.client.recv()), time.perf_counter() - begun

    def status(self) -> Any:
        """Return the status document."""
        return self.ask({"type": "status"})[0]["value"]

    def until(self, condition: Callable[[], bool], what: str, patience: float = 40.0) -> float:
        """Wait until `condition`, looking every 5 ms; return how long it took."""
        begun = time.perf_counter()
        while not condition():
            if time.perf_counter() > begun + patience:
                raise SystemExit(f"{what}: not within {patience:g} s: {self.status()['children']}")
            time.sleep(0.005)
        return time.perf_counter() - begun

    def healthy(self) -> None:
        """Wait until everything runs."""
        self.until(lambda: bool(self.status()["healthy"]), "everything runs")

    def fault(self, target: str, kind: str, **options: Any) -> None:
        """Break or repair something."""
        reply, _ = self.ask({"type": "fault", "target": target, "kind": kind, **options})
        if reply["state"] != "ACK":
            raise SystemExit(reply)

    def repair(self) -> None:
        """Repair everything, and wait until all run."""
        self.fault("all", "clear")
        for name in ADDRESSES:
            self.ask({"type": "retry", "child": name})
        self.healthy()

    def times(self, bodies: list[Body], count: int = COUNT, *, good: bool = True) -> list[float]:
        """Return the sorted round trips of `count` requests, about 30 a second; raises if one of them is an ERROR and should not be."""
        found = []
        for number in range(count):
            reply, took = self.ask(bodies[number % len(bodies)])
            if good and reply["state"] != "ACK":
                raise SystemExit(f"{bodies[number % len(bodies)]}: {reply}")
            found.append(took)
            time.sleep(0.02)
        return sorted(found)


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return times[int(0.95 * (len(times) - 1))]


OTHERS = [aq(name) for name in ADDRESSES if name != VICTIM]
DRIVES = [{"type": "PI", "register": "pin", "pin": FAN_PIN, "value": value} for value in (40, 80)]


def one_sensor(bench: Bench) -> list[Row]:
    """Return what one broken sensor adds to the others' readings, to driving, and to a request for all six."""
    before = {"AQ of the others": bench.times(OTHERS), "PI": bench.times(DRIVES)}
    whole = bench.times([six()])
    rows: list[Row] = []
    for name, (kind, options) in FAULTS.items():
        bench.fault(VICTIM, kind, **options)
        after = {"AQ of the others": bench.times(OTHERS), "PI": bench.times(DRIVES)}
        first = max(bench.times([six()], 10))
        bench.until(lambda: bench.status()["children"][VICTIM]["state"] in {"backoff", "absent", "failed"}, "it is known to be down")
        parts, _ = bench.ask(six())
        if [isinstance(part, dict) for part in parts["value"]] != [sensor == VICTIM for sensor in ADDRESSES]:
            raise SystemExit(f"the ERROR is not in its place: {parts}")
        after_whole = bench.times([six()])
        rows += _added(name, before, after)
        rows.append(Row(f"{name}: AQ-MULTI of six meanwhile, longest", first, DEADLINE + 0.1))
        rows.append(
            Row(
                f"{name}: AQ-MULTI of six, known to be down, added, median",
                statistics.median(after_whole) - statistics.median(whole),
                ADDED,
            )
        )
        bench.repair()
    return rows


def stuck_bus(bench: Bench) -> list[Row]:
    """Return how quickly a stuck bus is answered for, once it is known, and what it adds to driving."""
    before, off = bench.times(DRIVES), bench.times([{"type": "off"}])
    bench.fault("bus", "stuck")
    bench.until(lambda: all(bus["state"] == "down" for bus in bench.status()["buses"].values()), "the bus is known to be stuck")
    bench.until(lambda: bench.ask(OTHERS[0])[0]["state"] == "ERROR", "its sensors have no value")
    errors = bench.times([*OTHERS, aq(VICTIM)], good=False)
    after, after_off = bench.times(DRIVES), bench.times([{"type": "off"}])
    bench.repair()
    return [
        Row("stuck bus: AQ is an ERROR, median", statistics.median(errors), ADDED),
        Row("stuck bus: AQ is an ERROR, 95 %", p95(errors), ADDED),
        Row("stuck bus: PI, added, 95 %", p95(after) - p95(before), ADDED),
        Row("stuck bus: off, added, 95 %", p95(after_off) - p95(off), ADDED),
    ]


def measured(bench: Bench, asked: dict[str, list[Body]]) -> dict[str, list[float]]:
    """Return the round trips of each kind of request, the less disturbed of two blocks: what is the daemon's doing shows in both."""
    return {what: min((bench.times(bodies, COUNT // 2) for _ in range(2)), key=p95) for what, bodies in asked.items()}


def greedy_client(bench: Bench) -> list[Row]:
    """Return what a client adds to everybody else's requests that asks for as much as it may, without pause."""
    asked = {"AQ": OTHERS, "AQ-MULTI of six": [six()], "PI": DRIVES, "off": [{"type": "off"}]}
    before = measured(bench, asked)
    parts = [{k: v for k, v in aq(name).items() if k != "type"} for name in ADDRESSES]
    much: Body = {"type": "AQ-MULTI", "components": [parts[number % len(parts)] for number in range(MOST_COMPONENTS)]}
    anew: Body = {"type": "AQ-MULTI", "components": [{**part, "max_age": 0} for part in much["components"]]}
    rows: list[Row] = []
    for name, window, body in (("256 components, one by one", 1, much), ("256 components, 16 under way", 16, much), ("256 anew", 1, anew)):
        with flood(bench.server.port, 1, window, body):
            after = measured(bench, asked)
        rows += _added(f"flood of {name}", before, after)
    return rows


def erring_sensor(bench: Bench) -> list[Row]:
    """Return what a sensor adds whose every read fails, while clients ask it for a new one without pause."""
    asked = {"AQ of the others": OTHERS, "AQ of the others, anew": [aq(OTHER, max_age=0)], "PI": DRIVES, "off": [{"type": "off"}]}
    before = measured(bench, asked)
    rows: list[Row] = []
    for name, kind, options in (("eio", "eio", {}), ("half of them", "eio", {"rate": 0.5}), ("garbage", "garbage", {})):
        bench.fault(VICTIM, kind, **options)
        with flood(bench.server.port, 4, 1, aq(VICTIM, max_age=0), aq(VICTIM), {"type": "retry", "child": VICTIM}):
            after = measured(bench, asked)
        rows += _added(f"flood of errors ({name})", before, after)
        bench.repair()
    return rows


def _added(name: str, before: dict[str, list[float]], after: dict[str, list[float]]) -> Iterator[Row]:
    for what, times in before.items():
        yield Row(f"{name}: {what}, added, median", statistics.median(after[what]) - statistics.median(times), ADDED)
        yield Row(f"{name}: {what}, added, 95 %", p95(after[what]) - p95(times), ADDED)


def come_back(bench: Bench) -> list[Row]:
    """Return how long beyond its back-off a lost sensor takes to the next good answer: after a loss, and after it was plugged in again."""
    rows: list[Row] = []
    for _ in range(3):
        bench.fault(VICTIM, "unplug")
        bench.until(lambda: bench.status()["children"][VICTIM]["state"] == "absent", "it is missed")
        time.sleep(1.0)
        bench.fault(VICTIM, "clear")
        left = bench.status()["children"][VICTIM]["next_attempt_s"] or 0.0
        took = bench.until(lambda: bench.ask(aq(VICTIM))[0]["state"] == "ACK", "it is back")
        rows.append(Row("unplugged and plugged in again: good answer beyond the back-off", max(took - left, 0.0), 0.5))
        bench.healthy()
    return [max(rows, key=lambda row: row.took)]


def crash() -> Row:
    """Return how long beyond its back-off a crashed TMP102 takes, 35 ms of it its first conversion.

    The daemon runs in this process, because no client can make one crash.
    """
    from actors.core.clock import SystemClock
    from actors.messages import Shutdown
    from supervisor import journal
    from supervisor.configuration import load
    from supervisor.rig.rig import SimulatedRig
    from supervisor.tree.progress import Progress
    from supervisor.tree.supervisor import Supervisor

    journal.set_up("critical")
    bench, clock, progress = load(ROOT / "config.py"), SystemClock(), Progress()
    rig = SimulatedRig(bench, clock)
    supervisor = Supervisor.start(bench, rig, clock, bind="127.0.0.1", port=0, progress=progress)
    if not progress.ready.wait(10):
        raise SystemExit(progress.failure)
    actor: Any = supervisor._actor_weakref()  # noqa: SLF001 - pykka shows its actors to nobody
    record, taken = actor.records[VICTIM], []
    for _ in range(7):
        while record.life.state != "running":
            time.sleep(0.001)
        generation, driver = record.life.generation, record.running.ref._actor_weakref().driver  # noqa: SLF001
        driver.measure = lambda: 1 / 0
        while record.life.generation == generation and record.life.alive:
            time.sleep(0.0005)
        lost, delay = time.monotonic(), record.life.delay
        while not (record.life.state == "running" and record.life.generation > generation):
            time.sleep(0.0005)
        taken.append(time.monotonic() - lost - delay)
    supervisor.tell(Shutdown("measured"))
    progress.finished.wait(10)
    rig.close()
    return Row("crash: good answer beyond the back-off, median of 7", statistics.median(taken), 0.050)


def main() -> int:
    """Measure, print the table, and return 1 if a figure is beyond its limit."""
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        bench = Bench(folder)
        try:
            rows = [*one_sensor(bench), *stuck_bus(bench), *greedy_client(bench), *erring_sensor(bench), *come_back(bench)]
        finally:
            bench.server.close()
    rows.append(crash())
    print(f"{'':<72}{'ms':>9}{'limit':>9}")
    for row in rows:
        print(f"{row.what:<72}{row.took * 1e3:>9.1f}{row.limit * 1e3:>9.0f}{'' if row.took <= row.limit else '  BEYOND'}")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{time.monotonic() - begun:.0f} s; load average {load} on {os.cpu_count()} cores")
    return 0 if all(row.took <= row.limit for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
