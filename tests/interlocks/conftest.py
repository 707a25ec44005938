"""The log of actors and interlocks as records, in every test here."""

from __future__ import annotations

import pytest

import actors.actuator
import actors.interlocks.actor
import actors.set_points
from tests.actors.remote import Logbook, keep_log


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, actors.actuator, actors.interlocks.actor, actors.set_points)
