"""Check a bench's file without touching anything: every error at once, exit code 78 if there is one."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from supervisor.cli import EX_CONFIG, EX_OK
from supervisor.commands.common import add_config

HELP = "check config.py without touching the hardware"
EXAMPLES = "examples:\n  pilotage check-config\n  pilotage check-config --config /etc/pilotage/config.py\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    add_config(parser)


def main(arguments: argparse.Namespace) -> int:
    """Check; return 0 or 78."""
    from supervisor.configuration import ConfigurationError, check, default_bench_path, find

    try:
        path = find(arguments.config, os.environ, Path.cwd())
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EX_CONFIG
    if path is None:
        print("no config.py found; this is the packaged default bench, which is only ever simulated")
    bench, problems, warnings = check(path or default_bench_path())
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if bench is None:
        print(ConfigurationError(problems), file=sys.stderr)
        return EX_CONFIG
    print(f"{bench.source}: {len(bench.sensors)} sensors, {len(bench.outputs)} outputs, nothing wrong")
    return EX_OK
