"""Change what a running daemon records, without a restart. It starts with --log-level, or `info`, again next time.

`debug` has every request in it; from `warning` on, only what is wrong.
"""

from __future__ import annotations

import argparse
from typing import Any

from supervisor.cli.options import LEVELS, add_endpoint, with_client

HELP = "change what a running daemon records"
EXAMPLES = """examples:
  pilotage log-level debug          every request, too
  pilotage log-level info           as it starts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the level and where the daemon is."""
    parser.add_argument("level", metavar="LEVEL", type=str.lower, choices=LEVELS, help=f"one of {', '.join(LEVELS)}")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the level from now on, and the one before."""
    return with_client(arguments, lambda client: client.request("log-level", level=arguments.level), _shown)


def _shown(result: Any) -> str:
    return f"records are kept from {result['level']} on (before: {result['before']})"
