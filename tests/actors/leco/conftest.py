"""A whole daemon in a network, in time moved by hand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import actors.leco.actor
import actors.outputs.actor
import supervisor.tree.reconfigure
from actors.leco.actor import LecoActor
from tests.actors.leco.network import Coordinator, Laboratory, settings
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook, keep_log
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import COLD, HOT, Daemon

Begin = Callable[..., Laboratory]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, actors.leco.actor, actors.outputs.actor, supervisor.tree.reconfigure)


@pytest.fixture
def coordinator() -> Iterator[Coordinator]:
    one = Coordinator()
    yield one
    one.close()


@pytest.fixture
def begin(clock: ManualClock, coordinator: Coordinator, log: Logbook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Begin]:
    """Start a bench; `drive`, `off`: what may be done from there, `wait`: whether to wait until the network is joined and steady."""
    begun: list[Laboratory] = []
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))

    def start(*, drive: bool = True, off: bool = False, wait: bool = True, **bench: Any) -> Laboratory:
        daemon = Daemon(clock, log, **{"sensors": (HOT, COLD), "outputs": (FAN, HEATER), **bench})
        daemon.bench = replace(daemon.bench, leco=settings(coordinator, drive=drive, off=off))
        laboratory = Laboratory(daemon, coordinator)

        class Timed(LecoActor):
            """One whose clock is that of the laboratory."""

            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, wall=laboratory.wall, **options)

        monkeypatch.setattr("actors.leco.actor.LecoActor", Timed)
        begun.append(laboratory)
        daemon.start()
        daemon.until(lambda: daemon.progress.ready.is_set() and daemon.record("leco").running is not None, "the daemon is ready")
        if wait:
            laboratory.until(laboratory.joined, "the bench has joined")
            laboratory.run(3.5)
        return laboratory

    yield start
    for laboratory in begun:
        laboratory.daemon.close()
