"""Drive an output of a running daemon, and print what it then does: its read-back, as the hardware says."""

from __future__ import annotations

import argparse
from typing import Any

from supervisor.commands.common import add_endpoint, number, with_client
from supervisor.words import set_point

HELP = "drive an output"
EXAMPLES = """examples:
  pilotage set ventilateur 128
  pilotage set GPIO23 25.5

A value beyond the output's limits is clamped; an output that ramps reads back where it is on its way.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name, the value, and where the daemon is."""
    parser.add_argument("name", metavar="NAME", help="an output's name from config.py, or its pin (GPIO18)")
    parser.add_argument("value", metavar="VALUE", type=number, help="the set-point, in the output's units")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the read-back."""
    name, asked = arguments.name, arguments.value
    return with_client(arguments, lambda client: {"name": name, "asked": asked, "read_back": client.set(name, asked)}, _shown)


def _shown(result: dict[str, Any]) -> str:
    asked, read_back = set_point(result["asked"]), set_point(result["read_back"])
    return f"{result['name']} reads back {read_back}" + (f" (asked {asked})" if asked != read_back else "")
