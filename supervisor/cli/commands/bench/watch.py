"""Watch a running daemon: values with their history, outputs, states, interlocks and what happens, live on the terminal.

Survives a restart of the daemon. Needs rich, which the extra `tui` of pilotage brings along.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from contextlib import ExitStack
from typing import Final

from supervisor.cli.options import add_endpoint, complain, connect, failed, positive_seconds
from supervisor.daemon.program import installing
from supervisor.exits import EX_OK, EX_UNAVAILABLE, EX_USAGE

HELP = "watch it, or several, live on the terminal"
EXAMPLES = """examples:
  pilotage watch
  pilotage watch --endpoint raspberrypi
  pilotage watch --endpoint raspberrypi --endpoint raspberrypi2
  pilotage watch --interval 0.2 --span 60

keys: q ends it, arrows scroll if there is more than fits
"""
INTERVAL: Final = 1.0
SPAN: Final = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how often, how far back, and where the daemon is."""
    text = f"ask this often (default: {INTERVAL:g})"
    parser.add_argument("--interval", type=positive_seconds, metavar="SECONDS", default=INTERVAL, help=text)
    text = f"what the sparklines cover (default: {SPAN:g})"
    parser.add_argument("--span", type=positive_seconds, metavar="SECONDS", default=SPAN, help=text)
    add_endpoint(parser, as_json=False, several=True)
    parser.set_defaults(timeout=INTERVAL)


def main(arguments: argparse.Namespace) -> int:
    """Watch until the user has seen enough; return 0."""
    if importlib.util.find_spec("rich") is None:
        hint = installing("rich>=13")
        return complain("watch", f"it needs rich, which is not installed here: {hint}; `pilotage status` does without", EX_UNAVAILABLE)
    if not sys.stdout.isatty():
        return complain("watch", "it draws on a terminal, and this is none; `pilotage status --json` is for programs", EX_USAGE)
    from pilotage import ClientError
    from supervisor.cli.watch.screen import watch

    try:
        with ExitStack() as stack:
            clients = [stack.enter_context(connect(arguments, endpoint)) for endpoint in dict.fromkeys(arguments.endpoint or [None])]
            watch(clients, arguments.interval, arguments.span)
    except ClientError as error:
        return failed(error)
    except KeyboardInterrupt:
        pass
    return EX_OK
