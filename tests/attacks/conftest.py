"""The gateways of tests/wire."""

from __future__ import annotations

from tests.wire.conftest import stage, still

__all__ = ["stage", "still"]
