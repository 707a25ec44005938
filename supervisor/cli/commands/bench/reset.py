"""Let outputs be driven again after an interlock has tripped or a lease ran out, once the cause is gone. Nothing is switched on."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from supervisor.cli.options import add_endpoint, with_client

HELP = "reset a tripped interlock, or a lease that ran out"
EXAMPLES = """examples:
  pilotage reset too_hot                  an interlock, by its name in config.py
  pilotage reset resistance               an output whose lease ran out
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is reset and where the daemon is."""
    parser.add_argument("name", metavar="NAME", help="the interlock or the output, as `pilotage status` and the refusal name it")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Say that it is reset; a cause that persists is refused."""
    return with_client(arguments, lambda client: client.reset(arguments.name), _shown)


def _shown(result: Mapping[str, Any]) -> str:
    name = result.get("interlock") or result.get("output")
    return f"{name} is reset; its outputs stay as they are until they are set"
