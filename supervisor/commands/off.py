"""Send every output of a running daemon to its safe value, ahead of anything queued."""

from __future__ import annotations

import argparse
from typing import Any

from supervisor.commands.common import add_endpoint, with_client

HELP = "send every output to its safe value"
EXAMPLES = "example:\n  pilotage off\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the daemon is."""
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the read-backs."""
    return with_client(arguments, lambda client: client.off(), _shown)


def _shown(result: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value:g}" for name, value in result.items()) or "no outputs are configured"
