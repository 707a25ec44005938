"""The real daemon on a bench of N sensors without chip delay, for the benchmarks: `daemon.py COUNT PORT [LECO_PORT]`.

200 sensors are more than an I2C bus has addresses, which is why no `config.py` can describe them.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.bench.leco import Leco
from supervisor import journal
from supervisor.daemon.run import run
from supervisor.daemon.stages import Options

FIRST = 0x08
NEVER = 36_000.0


def bench(count: int, leco_port: int | None = None) -> Bench:
    """Return `count` SIMULE sensors whose first reading stays fresh, and a fan; with the port of a coordinator, in its LECO network."""
    sensors = tuple(SensorSpec(f"s{n}", f"s{n}", f"s{n}", "SIMULE", FIRST + n, "C", NEVER, NEVER, 0.0, None, {}) for n in range(count))
    fan = OutputSpec("fan", "fan", "fan", "PWM", 18, None, "%", 0.0, 255.0, 25000.0, 0.0, "fan")
    network = None if leco_port is None else Leco("127.0.0.1", "bench1", leco_port, drive=True)
    return Bench("benchmarks", 1, sensors, (fan,), frame_interval=0.0, leco=network)


if __name__ == "__main__":
    journal.set_up("critical")
    sys.exit(run(Options(bench(int(sys.argv[1]), *map(int, sys.argv[3:])), simulate=True, bind="127.0.0.1", port=int(sys.argv[2]))))
