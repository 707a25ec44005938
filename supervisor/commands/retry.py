"""Have a lost sensor or output tried again at once, without waiting for its back-off."""

from __future__ import annotations

import argparse

from supervisor.commands.common import add_endpoint, with_client

HELP = "try a lost child again at once"
EXAMPLES = "example:\n  pilotage retry t_resistance\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the child's name and where the daemon is."""
    parser.add_argument("child", metavar="NAME", help="a child's id: its name in config.py")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the child's state."""
    return with_client(arguments, lambda client: client.retry(arguments.child), lambda result: f"{result['child']}: {result['state']}")
