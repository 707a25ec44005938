"""Sensors and outputs under test; they are stopped when a test is over."""

from collections.abc import Iterator

import pytest

import actors.interlocks.actor
import actors.outputs.actor
import actors.outputs.setpoint_store
import actors.sensor
from tests.actors.outputs.driving import Pins
from tests.actors.outputs.remote import Logbook, keep_log
from tests.actors.sensing import Bed, LaggingDriver
from tests.fakes import ManualClock


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, actors.sensor, actors.interlocks.actor, actors.outputs.actor, actors.outputs.setpoint_store)


@pytest.fixture
def bed(clock: ManualClock, log: Logbook) -> Iterator[Bed]:
    """A sensor that is not started yet."""
    bed = Bed(clock, log)
    yield bed
    bed.close()


@pytest.fixture
def lagging(clock: ManualClock, log: Logbook) -> Iterator[Bed]:
    """A sensor whose chip converts on its own."""
    bed = Bed(clock, log, LaggingDriver(clock))
    yield bed
    bed.close()


@pytest.fixture
def pins(clock: ManualClock, log: Logbook) -> Iterator[Pins]:
    """A simulated pigpiod, and outputs to start on it."""
    pins = Pins(clock, log)
    yield pins
    pins.close()
