"""Daemons under test; they are ended when a test is over."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import actors.gateway.actor
import actors.outputs.actor
import actors.sensor
import supervisor.tree.children.state_log
import supervisor.tree.queries
import supervisor.tree.supervisor
import supervisor.tree.watch.hangs
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY
from tests.actors.outputs.remote import Logbook, keep_log
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import Daemon
from tests.supervisor.tree.troubles import Fragile, Troubles


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    modules = (
        actors.outputs.actor,
        actors.gateway.actor,
        actors.sensor,
        supervisor.tree.supervisor,
        supervisor.tree.watch.hangs,
        supervisor.tree.queries,
        supervisor.tree.children.state_log,
    )
    return keep_log(monkeypatch, *modules)


@pytest.fixture
def make_daemon(clock: ManualClock, log: Logbook) -> Iterator[Callable[..., Daemon]]:
    """Return a maker of daemons, not started yet."""
    made: list[Daemon] = []

    def make(**options: Any) -> Daemon:
        made.append(Daemon(clock, log, **options))
        return made[-1]

    yield make
    for daemon in made:
        daemon.close()


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon of three sensors and two outputs, not started yet."""
    return make_daemon()


@pytest.fixture
def troubles(monkeypatch: pytest.MonkeyPatch) -> Iterator[Troubles]:
    """What is to go wrong in the drivers of TMP102."""
    troubles = Troubles()
    monkeypatch.setitem(SENSOR_DRIVER_REGISTRY, "TMP102", type("Fragile", (Fragile,), {"troubles": troubles}))
    yield troubles
    troubles.gate.set()
