"""Gateways for the tests of the wire: on real time, and on a clock that stands still until it is moved."""

from collections.abc import Iterator

import pytest

from tests.actors.gateway.peer import Peer
from tests.actors.gateway.stage import Stage
from tests.fakes import ManualClock


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A gateway whose children are played by the test."""
    with Stage() as stage:
        yield stage


@pytest.fixture
def still(clock: ManualClock) -> Iterator[Stage]:
    """The same, in a world where no time passes by itself."""
    with Stage(clock=clock) as stage:
        yield stage


@pytest.fixture
def peer(stage: Stage) -> Peer:
    """A DEALER client of `stage`."""
    return stage.peer()
