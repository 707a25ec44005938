"""The log of actors and interlocks as records, in every test here."""

from __future__ import annotations

import pytest

import actors.interlocks.actor
import actors.outputs.actor
import actors.outputs.setpoint_store
from tests.actors.outputs.remote import Logbook, keep_log


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, actors.outputs.actor, actors.interlocks.actor, actors.outputs.setpoint_store)
