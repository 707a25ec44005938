"""Show how a running daemon is: the bus, every sensor and output, interlocks, and errors in words.

Exit code 0 when all is well, 1 when something is not, 2 when the daemon is not reached.
"""

from __future__ import annotations

import argparse
import json
from typing import Final

from supervisor.cli.options import add_endpoint, connect, failed, terminal_width
from supervisor.exits import EX_OK, EX_USAGE

HELP = "show how the daemon, its sensors and its outputs are"
EXAMPLES = """examples:
  pilotage status
  pilotage status --endpoint raspberrypi
  pilotage status --json
"""
DEGRADED: Final = 1
UNREACHABLE: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the daemon is."""
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the table; return 0, 1 or 2."""
    from pilotage import ClientError
    from supervisor.cli.report import report, troubles

    try:
        with connect(arguments) as client:
            status = client.status()
            as_json = arguments.json
            text = json.dumps(status, indent=2, ensure_ascii=False) if as_json else report(status, client.describe(), terminal_width())
    except ClientError as error:
        return EX_USAGE if failed(error) == EX_USAGE else UNREACHABLE
    print(text)
    return EX_OK if status["healthy"] and not troubles(status) else DEGRADED
