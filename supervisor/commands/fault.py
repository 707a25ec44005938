"""Break something on a simulated bench, to see what the daemon makes of it. A real bench refuses."""

from __future__ import annotations

import argparse
from typing import Any

from supervisor.commands.common import add_endpoint, with_client

HELP = "pull a cable on a simulated bench"
EXAMPLES = """examples:
  pilotage fault t_resistance unplug      pull the cable of one sensor
  pilotage fault t_resistance clear       plug it back in
  pilotage fault bus stuck                hold the whole bus
  pilotage fault all clear                repair everything
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add target, kind and where the daemon is."""
    parser.add_argument("target", help="a sensor's or output's name, an address, bus, pigpiod, or all")
    parser.add_argument("kind", help="unplug, nak, eio, garbage, hang, timeout, slow, stuck, wrong_chip ... or clear")
    parser.add_argument("--delay", type=float, help="seconds, for kinds that delay")
    parser.add_argument("--times", type=float, help="clear after this many hits")
    parser.add_argument("--rate", type=float, help="probability of a hit, 0..1")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Inject it and print what was done."""
    options = {name: getattr(arguments, name) for name in ("delay", "times", "rate") if getattr(arguments, name) is not None}

    def act(client: Any) -> Any:
        return client.request("fault", target=arguments.target, kind=arguments.kind, **options)

    return with_client(arguments, act, lambda result: f"{result['target']}: {result['kind']}")
