"""Gateways for attacks inside this process, as tests/wire has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wire.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

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
