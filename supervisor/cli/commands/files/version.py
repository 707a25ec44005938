"""Print the version."""

from __future__ import annotations

import argparse
import json

from pilotage import __version__
from supervisor.cli.options import add_json

HELP = "print the version"
EXAMPLES = """examples:
  pilotage version
  pilotage version --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    add_json(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print it."""
    print(json.dumps({"version": __version__}) if arguments.json else f"pilotage {__version__}")
    return 0
