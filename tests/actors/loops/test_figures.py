"""What a loop promises, through a whole daemon, on one bench; `python3 dev.py regulation daemon` has all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.actors.loops.figures import LIMITS, Bench
from tests.actors.outputs.remote import Logbook


def test_a_loop_that_has_tuned_itself_keeps_its_figures(log: Logbook, tmp_path: Path) -> None:
    bench = Bench(1, tmp_path)
    try:
        found = bench.tuned() | bench.stepped()
    finally:
        bench.close()
    assert {what: value for what, value in found.items() if value > LIMITS[what]} == {}
    assert found["tune: seconds"] == pytest.approx(105.0, abs=20.0)
