"""Probe the I2C bus as i2cdetect does, and say what is configured, what identified itself, and what is unknown."""

from __future__ import annotations

import argparse

HELP = "probe the I2C bus"
EXAMPLES = "examples:\n  pilotage scan\n  pilotage scan --config bench2.py --json\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config`, `--all` and `--json`."""
    from supervisor.commands.common import add_config

    add_config(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print what was found."""
    raise NotImplementedError
