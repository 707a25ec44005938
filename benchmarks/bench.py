"""Everything that is measured, in one interleaved run: `python -m benchmarks.bench`, some minutes.

Prints a table of ratios against the floor (`floor.py`) with their spread; `--write` puts it into docs/understand/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers import Server, block, machine, pin, ratio, request, throughput
from benchmarks.report import report, write

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {"AQ": 1.25, "AQ actor": 2.2, "AQ-MULTI": 1.25, "PI": 2.2}
FLOOR_OF = {"AQ actor": "AQ"}


def latencies(rounds: int, count: int) -> dict[str, Any]:
    """Return for each kind of request its ratio to the floor, block by block, and the times of both."""
    kinds = ("AQ", "AQ actor", "AQ-MULTI", "PI", "scan")
    medians: dict[str, dict[str, list[float]]] = {kind: {"daemon": [], "floor": []} for kind in kinds}
    samples: dict[str, list[float]] = {"daemon": [], "floor": []}
    echo: list[float] = []
    with Server.daemon() as daemon, Server.floor() as floor, Server.floor("echo") as bare:
        for _ in range(rounds):
            for kind in kinds:
                bodies = {"daemon": _bodies(kind), "floor": _bodies(FLOOR_OF.get(kind, kind))}
                for name, server in (("floor", floor), ("daemon", daemon)):
                    times = block(server.client, bodies[name], count)
                    medians[kind][name].append(statistics.median(times))
                    if kind == "AQ":
                        samples[name] += times
            echo.append(statistics.median(block(bare.client, _bodies("AQ"), count)))
    result = {}
    for kind in kinds:
        middle, lower, upper = ratio(medians[kind]["daemon"], medians[kind]["floor"])
        result[kind] = {
            "ratio": middle,
            "quartiles": [lower, upper],
            "us": statistics.median(medians[kind]["daemon"]),
            "floor_us": statistics.median(medians[kind]["floor"]),
            "limit": LIMITS.get(kind),
        }
    result["floor / echo"] = {"ratio": ratio(medians["AQ"]["floor"], echo)[0], "us": statistics.median(echo)}
    return {"table": result, "samples": {name: _percentiles(times) for name, times in samples.items()}}


def _bodies(kind: str) -> list[bytes]:
    return [request(kind, value=value) for value in (10.0, 20.0)] if kind == "PI" else [request(kind)]


def _percentiles(times: list[float]) -> list[tuple[float, float]]:
    times = sorted(times)
    return [
        (share, times[min(int(share / 100 * len(times)), len(times) - 1)])
        for share in (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99)
    ]


def against(counts: tuple[int, ...], rounds: int, count: int, prepare: Any) -> dict[str, Any]:
    """Return the cost of an AQ against the floor with `prepare(server, n)` for each n of `counts`, interleaved."""
    with contextlib.ExitStack() as stack:
        pairs = {n: prepare(stack, n) for n in counts}
        medians: dict[int, tuple[list[float], list[float]]] = {n: ([], []) for n in counts}
        for _ in range(rounds):
            for n, (daemon, floor, bodies) in pairs.items():
                medians[n][1].append(statistics.median(block(floor.client, bodies, count)))
                medians[n][0].append(statistics.median(block(daemon.client, bodies, count)))
        return {str(n): dict(zip(("ratio", "lower", "upper"), ratio(*medians[n]), strict=True)) for n in counts}


def with_clients(stack: contextlib.ExitStack, idle: int) -> tuple[Server, Server, list[bytes]]:
    """Return daemon and floor, each with `idle` - 1 clients that asked once and then stay."""
    servers = stack.enter_context(Server.daemon()), stack.enter_context(Server.floor())
    for server in servers:
        for _ in range(idle - 1):
            dealer = server.connect()
            dealer.send(request("AQ"))
            dealer.recv()
    return *servers, [request("AQ")]


def with_sensors(stack: contextlib.ExitStack, sensors: int) -> tuple[Server, Server, list[bytes]]:
    """Return a daemon of that many sensors, and the floor."""
    return stack.enter_context(Server.daemon(sensors)), stack.enter_context(Server.floor()), [request("AQ")]


def with_components(stack: contextlib.ExitStack, components: int) -> tuple[Server, Server, list[bytes]]:
    """Return daemon, floor and an AQ-MULTI of that many components."""
    return stack.enter_context(Server.daemon()), stack.enter_context(Server.floor()), [request("AQ-MULTI", 6, components)]


def saturation(rounds: int, seconds: float) -> dict[str, Any]:
    """Return requests per second with 1, 8, 64 and 200 clients, and what share of the floor's that is."""
    result = {}
    with Server.daemon() as daemon, Server.floor() as floor:
        for clients in (1, 8, 64, 200):
            pairs = [(throughput(daemon, clients, seconds), throughput(floor, clients, seconds)) for _ in range(rounds)]
            share = statistics.median(one / other for one, other in pairs)
            result[str(clients)] = {"per_second": statistics.median(one for one, _ in pairs), "share_of_floor": share}
    return result


def memory(requests: int) -> dict[str, Any]:
    """Return the memory of the whole, per sensor, per client, and its growth over `requests` mixed requests beside the floor's."""
    with Server.daemon(6) as small, Server.daemon(200) as large:
        per_sensor = (large.resident() - small.resident()) / 194
        before = small.resident()
        dealers = [small.connect() for _ in range(200)]
        for dealer in dealers:
            dealer.send(request("AQ"))
            dealer.recv()
        per_client = (small.resident() - before) / 200
    mixed = [request("AQ"), request("AQ-MULTI"), *_bodies("PI"), request("scan"), request("AQ actor")]
    grown = {}
    with Server.daemon() as daemon, Server.floor() as floor:
        for name, server in (("daemon", daemon), ("floor", floor)):
            used = mixed if name == "daemon" else mixed[:-1]
            block(server.client, used, requests // 10)
            before = server.resident()
            begun = server.cpu()
            block(server.client, used, requests)
            grown[name] = {"growth_kib": server.resident() - before, "cpu_us_per_request": (server.cpu() - begun) / requests * 1e6}
        whole = daemon.resident()
    return {"whole_mib": whole / 1024, "per_sensor_kib": per_sensor, "per_client_kib": per_client, "requests": requests, **grown}


def idle(seconds: float) -> dict[str, float]:
    """Return the default bench in simulation at rest: its share of one core, and its memory."""
    with Server.simulated() as bench:
        bench.ask(b'{"type": "scan"}')
        time.sleep(2)
        before = bench.cpu()
        time.sleep(seconds)
        return {"percent_of_a_core": (bench.cpu() - before) / seconds * 100, "resident_mib": bench.resident() / 1024}


def start_up(times: int) -> dict[str, Any]:
    """Return the seconds from the start of the process to the first good AQ, and the ten slowest imports."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        with Server.simulated() as daemon:
            daemon.ask(b'{"type": "AQ", "register": "add", "add": "0x48"}')
            found.append(time.perf_counter() - begun)
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import supervisor.tree.supervisor, supervisor.configuration.bench"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    modules = [(int(cumulative), name) for cumulative, name in re.findall(r"\|\s+(\d+) \|\s+(\S+)", traced)]
    top = [{"module": name, "ms": cumulative / 1000} for cumulative, name in sorted(modules, reverse=True)[:10]]
    alone = min(_import_seconds("supervisor") for _ in range(times))
    return {"first_answer_s": statistics.median(found), "import_supervisor_s": alone, "slowest_imports": top}


def _import_seconds(module: str) -> float:
    bare, begun = [], time.perf_counter()
    for code in ("pass", f"import {module}"):
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        bare.append(time.perf_counter() - begun)
        begun = time.perf_counter()
    return max(bare[1] - bare[0], 0.0)


def main() -> None:
    """Measure, print, and write what docs/understand/performance.md shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rounds, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write the pictures, and the table into docs/understand/performance.md")
    arguments = parser.parse_args()
    scale = 1 if arguments.quick else 10
    pin()
    result: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "latency": latencies(3 * scale, 200),
        "clients": against((1, 8, 64, 200), 2 * scale, 200, with_clients),
        "sensors": against((6, 50, 200), 2 * scale, 200, with_sensors),
        "components": against((1, 6, 50), 2 * scale, 200, with_components),
        "saturation": saturation(3, 0.2 * scale),
        "memory": memory(10_000 * scale),
        "idle": idle(3.0 * scale),
        "start": start_up(5),
    }
    print(report(result))
    if arguments.write:
        write(result, ROOT / "docs" / "understand")


if __name__ == "__main__":
    main()
