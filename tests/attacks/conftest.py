"""The gateways of tests/wire."""

from __future__ import annotations

from tests.actors.gateway.conftest import stage, still

__all__ = ["stage", "still"]
