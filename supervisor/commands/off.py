"""Send every output of a running daemon to its safe value, ahead of anything queued, and print what each then reads back."""

from __future__ import annotations

import argparse

from supervisor.commands.common import add_endpoint, with_client
from supervisor.words import set_point

HELP = "send every output to its safe value"
EXAMPLES = """example:
  pilotage off
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the daemon is."""
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the read-backs."""
    return with_client(arguments, lambda client: client.off(), _shown)


def _shown(result: dict[str, float]) -> str:
    return "\n".join(f"{name} reads back {set_point(value)}" for name, value in sorted(result.items())) or "no outputs are configured"
