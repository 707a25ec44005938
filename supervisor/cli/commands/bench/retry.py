"""Have a lost sensor or output tried again at once: ends its back-off, and takes it out of `failed`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from supervisor.cli.options import add_endpoint, with_client

if TYPE_CHECKING:
    from pilotage.documents import Retried

HELP = "try a lost sensor or output again at once"
EXAMPLES = """example:
  pilotage retry t_resistance
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the child's name and where the daemon is."""
    parser.add_argument("child", metavar="NAME", help="its name from config.py, as `pilotage status` shows it")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the child's state."""
    return with_client(arguments, lambda client: client.retry(arguments.child), _shown)


def _shown(result: Retried) -> str:
    state = result["state"]
    return f"{result['child']} is {state}" + (
        "" if state == "running" else "; it is being tried now, `pilotage status` shows what came of it"
    )
