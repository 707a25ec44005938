"""List every sensor driver: its channels, and where it comes from."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from supervisor.cli.options import add_config, add_json

HELP = "list the sensor drivers, and where each comes from"
EXAMPLES = """examples:
  pilotage drivers
  pilotage drivers --config /etc/pilotage/config.py   with those of the folder `drivers` beside it
  pilotage drivers --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--json`."""
    add_config(parser)
    add_json(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print them; return 0, or 1 where one of them does not import."""
    from actors.drivers import SENSOR_DRIVER_REGISTRY
    from supervisor.configuration import ConfigurationError, find
    from supervisor.configuration.outside import ORIGINS, take_over

    try:
        path = find(arguments.config, os.environ, Path.cwd())
    except ConfigurationError:
        path = None
    problems = take_over(path or Path.cwd() / "config.py")
    kinds = sorted(SENSOR_DRIVER_REGISTRY.items(), key=lambda item: (item[0] in ORIGINS, item[0].lower()))
    if arguments.json:
        rows = [
            {"driver": name, "origin": ORIGINS.get(name, "pilotage"), "channels": {each.name: each.units for each in kind.channels}}
            for name, kind in kinds
        ]
        print(json.dumps({"drivers": rows, "problems": list(problems)}, indent=2, ensure_ascii=False))
        return 1 if problems else 0
    for name, kind in kinds:
        channels = ", ".join(f"{each.name} {each.units}".strip() for each in kind.channels) or "as config.py says"
        print(f"{name:<12} {ORIGINS.get(name, 'pilotage'):<12} {channels}")
    for text in problems:
        print(f"warning: {text}")
    return 1 if problems else 0
