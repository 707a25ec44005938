"""Print the version."""

from __future__ import annotations

import argparse

from supervisor import __version__

HELP = "print the version"
EXAMPLES = "example:\n  pilotage version\n"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing to add."""


def main(_arguments: argparse.Namespace) -> int:
    """Print it."""
    print(f"pilotage {__version__}")
    return 0
