"""Drive an output of a running daemon, and print what it then does."""

from __future__ import annotations

import argparse

from supervisor.commands.common import add_endpoint, with_client

HELP = "drive an output"
EXAMPLES = "examples:\n  pilotage set ventilateur 128\n  pilotage set GPIO23 0\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name, the value, and where the daemon is."""
    parser.add_argument("name", metavar="NAME", help="an output's name from config.py, or its pin (GPIO18)")
    parser.add_argument("value", type=float, help="the set-point, in the output's units")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the read-back."""
    return with_client(arguments, lambda client: client.set(arguments.name, arguments.value), lambda value: f"{value:g}")
