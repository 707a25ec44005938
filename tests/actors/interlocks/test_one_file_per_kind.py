"""A new kind of interlock is one file: its keys, its words in errors and documents, and its rule come from there alone."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.project.sources import PRODUCT, ROOT

KIND = """
from dataclasses import dataclass, field
from typing import ClassVar

from actors.bench.interlocks import ChannelRef
from actors.interlocks.kinds import base
from actors.interlocks.snapshot import Finding


@base.registered
@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen(base.Kind):
    kind: ClassVar[str] = "frozen"
    channel: ChannelRef = field(metadata=base.CHANNEL)
    depth: float = base.key(3.0, "a number of K", "how far below the point of freezing", gt=0)

    def judge(self, memory, picture, now):
        value = picture.channel(self.channel).value
        return Finding(memory, "it is frozen" if value is not None and value < -self.depth else None)
"""
USE = """
from pathlib import Path
from actors.interlocks.latch import advance, initial
from actors.interlocks.snapshot import Picture, Word
from supervisor.configuration import check
from supervisor.configuration.table import interlocks

bench, problems, _warnings = check(Path("ours.py"))
assert bench, problems
spec = bench.interlocks[0]
cold = Picture(0.0, {("t", "temp"): Word(-4.0, 1.0)}, {})
print(advance(spec, initial(spec), cold, 1.0)[0].trip)
print(next(row for row in "\\n".join(interlocks()).splitlines() if "depth" in row))
bench, problems, _warnings = check(Path("wrong.py"))
print(*problems, sep="\\n")
"""
BENCH = """
SENSORS_CONFIG = {0x48: {"driver": "TMP102", "name": "t"}}
ACTUATORS_CONFIG = [{"pin": 23, "name": "r", "driver": "PWM", "min": 0, "max": 255, "pwm_frequency": 100}]
INTERLOCKS = [{"name": "it", "kind": "frozen", "sensor": "t", "depth": 2}]
"""


def test_a_file_among_the_kinds_is_all_that_a_new_kind_needs(tmp_path: Path) -> None:
    for package in PRODUCT:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "actors" / "interlocks" / "kinds" / "frozen.py").write_text(KIND)
    (tmp_path / "ours.py").write_text(BENCH)
    (tmp_path / "wrong.py").write_text(BENCH.replace('"depth": 2', '"depth": 0'))

    done = subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    trip, row, error = done.stdout.splitlines()
    assert trip == "Trip(since=1.0, why='it is frozen', latched=True)"
    assert row == "| `frozen` | `depth` | a number of K | `3.0` | how far below the point of freezing |"
    assert error == "wrong.py: INTERLOCKS[0] (it), depth: found 0; allowed: a number of K"
