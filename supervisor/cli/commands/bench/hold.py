"""Have a loop hold a value, or switch it off.

A loop drives its output by itself, beside the interlocks; `pilotage tune` has to be done once before.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pilotage.words import number as shown
from supervisor.cli.options import add_endpoint, number, positive_seconds, seconds, with_client
from supervisor.cli.outcome import loop_in_words

if TYPE_CHECKING:
    from pilotage import Client
    from pilotage.documents import LoopStatus

HELP = "have a loop hold a value"
EXAMPLES = """examples:
  pilotage hold chauffe 45              hold 45 °C, as fast as it can
  pilotage hold chauffe 45 --ramp 2     get there with 2 °C per minute
  pilotage hold chauffe 45 --wait       come back when it has settled
  pilotage hold chauffe off             let go: its output goes to its safe value

A value outside the loop's range is refused, never clamped.
With --wait the exit code is 75 when it has not settled in time, and 74 when something has switched the loop off meanwhile.
"""
PATIENCE = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the loop, the value, how to get there, and where the daemon is."""
    parser.add_argument("name", metavar="NAME", help="a loop's name from config.py")
    parser.add_argument("value", metavar="VALUE", type=_value, help="what to hold, in the units of the loop's sensor; or off")
    parser.add_argument("--ramp", type=seconds, metavar="RATE", help="fastest change of the set-point, per minute; 0: as fast as it can")
    parser.add_argument("--wait", action="store_true", help="come back when the value has settled")
    text = f"how long to wait for that, in seconds (default: {PATIENCE:g})"
    parser.add_argument("--patience", type=positive_seconds, metavar="SECONDS", default=PATIENCE, help=text)
    add_endpoint(parser)


def _value(text: str) -> float:
    return 0.0 if text.casefold() == "off" else number(text)


def main(arguments: argparse.Namespace) -> int:
    """Print how the loop is then."""
    return with_client(arguments, lambda client: _hold(client, arguments), loop_in_words)


def _hold(client: Client, arguments: argparse.Namespace) -> LoopStatus:
    status = client.hold(arguments.name, arguments.value, ramp=arguments.ramp)
    end, target = status["reachable"], status["set_point"]
    if arguments.value != 0 and end is not None and not arguments.json and _beyond(status, target, end):
        print(f"{arguments.name} reaches {shown(round(end, 1))} {status['units']} with all its power at the moment; it will not settle")
    return client.wait_settled(arguments.name, arguments.patience) if arguments.wait and arguments.value != 0 else status


def _beyond(status: LoopStatus, target: float, end: float) -> bool:
    """Whether a set-point lies beyond what full power reaches: above it for what heats, below it for what cools."""
    model = status["model"]
    ambient = None if model is None else model["ambient"]
    return target > end if ambient is None or end >= ambient else target < end
