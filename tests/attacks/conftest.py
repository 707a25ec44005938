"""The gateways of tests/wire."""

from tests.actors.gateway.conftest import stage, still

__all__ = ["stage", "still"]
