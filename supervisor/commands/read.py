"""Read a sensor's channel or an output from a running daemon."""

from __future__ import annotations

import argparse
from typing import Any

from supervisor.commands.common import add_endpoint, with_client

HELP = "read a sensor or an output"
EXAMPLES = """examples:
  pilotage read t_resistance
  pilotage read rh_sortie.temp
  pilotage read 0x48 --max-age 0 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name, `--max-age`, and where the daemon is."""
    parser.add_argument("name", metavar="NAME[.CHANNEL]", help="a name from config.py, an address (0x48) or a pin (GPIO18)")
    parser.add_argument("--max-age", type=float, metavar="SECONDS", help="no reading older than this; 0 = a new conversion")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the value with its units."""
    name, _, channel = arguments.name.partition(".")
    return with_client(arguments, lambda client: client.read_detail(name, channel or None, max_age=arguments.max_age), _shown)


def _shown(detail: dict[str, Any]) -> str:
    mark = " (simulated)" if detail["quality"] == "simulated" else ""
    return f"{detail['value']:g} {detail['units']}{mark}"
