"""What several commands share: where the bench's file is, and how to reach a running daemon."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supervisor.cli import EX_CONFIG, EX_UNAVAILABLE

if TYPE_CHECKING:
    from actors.specs import Bench
    from supervisor.client import Client


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    text = "the bench's file; else $PILOTAGE_CONFIG, ./config.py, /etc/pilotage/config.py"
    parser.add_argument("--config", metavar="FILE", default=None, help=text)


def add_endpoint(parser: argparse.ArgumentParser, *, as_json: bool = True) -> None:
    """Add `--endpoint` and `--json`."""
    default = os.environ.get("PILOTAGE_ENDPOINT") or f"tcp://localhost:{os.environ.get('PILOTAGE_PORT') or 5555}"
    parser.add_argument("--endpoint", metavar="ADDRESS", default=default, help=f"the daemon's address (default: {default})")
    if as_json:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")


def load_bench(config: str | None) -> tuple[Bench | None, Path | None, int]:
    """Return the bench, the file it came from (None: no file was found), and an exit code; what is wrong goes to stderr."""
    from supervisor.configuration import ConfigurationError, default_bench_path, find, load

    try:
        path = find(config, os.environ, Path.cwd())
        return load(path or default_bench_path()), path, 0
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return None, None, EX_CONFIG


def with_client(arguments: argparse.Namespace, act: Callable[[Client], Any], show: Callable[[Any], str]) -> int:
    """Run `act` on a client and print its result; an error goes to stderr with exit code 69 (not reached) or 1 (refused)."""
    from supervisor.client import Client, ClientError, UnreachableError

    try:
        with Client(arguments.endpoint) as client:
            result = act(client)
    except UnreachableError as error:
        print(f"pilotage: {error}", file=sys.stderr)
        return EX_UNAVAILABLE
    except ClientError as error:
        print(f"pilotage: {error} [{error.code}]", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=2) if getattr(arguments, "json", False) else show(result))
    return 0
