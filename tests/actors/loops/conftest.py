"""Whole daemons with a loop, in time moved by hand; they are ended when a test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import actors.gateway.actor
import actors.interlocks.actor
import actors.loops.loop
import actors.loops.store
import actors.outputs.actor
import actors.sensor
import supervisor.tree.children.state_log
import supervisor.tree.reconfigure
import supervisor.tree.supervisor
from tests.actors.loops.bench import OVEN, Oven
from tests.actors.outputs.remote import Logbook, keep_log
from tests.fakes import ManualClock


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Logbook:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    modules = (actors.outputs.actor, actors.gateway.actor, actors.interlocks.actor, actors.sensor, actors.loops.loop, actors.loops.store)
    tree = (supervisor.tree.supervisor, supervisor.tree.reconfigure, supervisor.tree.children.state_log)
    return keep_log(monkeypatch, *modules, *tree)


@pytest.fixture
def make_oven(clock: ManualClock, log: Logbook) -> Iterator[Callable[..., Oven]]:
    """Return a maker of ovens: running daemons with one loop."""
    made: list[Oven] = []

    def make(*loops: Any, **options: Any) -> Oven:
        made.append(Oven(clock, log, loops=loops or (OVEN,), **options))
        made[-1].up()
        return made[-1]

    yield make
    for oven in made:
        oven.close()


@pytest.fixture
def oven(make_oven: Callable[..., Oven]) -> Oven:
    return make_oven()
