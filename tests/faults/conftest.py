"""A whole daemon on a simulated bench that is broken in every way there is, in time moved by hand."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import actors.gateway.actor
import actors.outputs.actor
import actors.sensor
import supervisor.tree.children.state_log
import supervisor.tree.supervisor
import supervisor.tree.watch.hangs
from actors.bench.devices import SensorSpec
from tests.actors.outputs.remote import keep_log
from tests.fakes import ManualClock
from tests.faults.adapter import AdapterBench
from tests.faults.broken import BrokenBench
from tests.supervisor.tree.daemon import COLD

collect_ignore = [] if sys.platform == "linux" else ["test_odd_adapters.py", "test_odd_chips.py"]
MODULES = (
    actors.outputs.actor,
    actors.gateway.actor,
    actors.sensor,
    supervisor.tree.supervisor,
    supervisor.tree.watch.hangs,
    supervisor.tree.children.state_log,
)


@pytest.fixture
def make_bench(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., BrokenBench]]:
    """Return a maker of benches with the sensor to be broken and another one, not started yet."""
    made: list[BrokenBench] = []

    def make(victim: SensorSpec, *others: SensorSpec) -> BrokenBench:
        made.append(BrokenBench(clock, keep_log(monkeypatch, *MODULES), (victim, *others, COLD)))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def make(clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., AdapterBench]]:
    """Return a maker of benches behind an adapter, with these sensors and `cold`, not started yet."""
    from tests.faults.adapter import AdapterBench

    made: list[AdapterBench] = []

    def make(*sensors: SensorSpec) -> AdapterBench:
        bench = AdapterBench(clock, keep_log(monkeypatch, *MODULES), (*sensors, COLD))
        made.append(bench.behind(tmp_path / "i2c-1", monkeypatch))
        return bench

    yield make
    for bench in made:
        bench.adapter.odd.clear()
        bench.close()
