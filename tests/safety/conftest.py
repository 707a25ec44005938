"""What the tests of safety share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.pigpiod_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

collect_ignore_glob = [] if sys.platform.startswith("linux") else ["test_*.py"]
"""Real hardware needs Linux."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator
