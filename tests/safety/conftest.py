"""What the tests of safety share."""

import sys
from collections.abc import Iterator

import pytest

from tests.pigpiod_emulator import Emulator

collect_ignore_glob = [] if sys.platform.startswith("linux") else ["test_*.py"]
"""Real hardware needs Linux."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator
