"""Break something on a simulated bench, to see what the daemon makes of it. A real bench refuses."""

from __future__ import annotations

import argparse
from typing import Any, Final

from supervisor.cli.fault_kinds import as_text
from supervisor.cli.options import add_endpoint, number, with_client

HELP = "pull a cable on a simulated bench"
EXAMPLES = """examples:
  pilotage fault t_resistance unplug           pull the cable of one sensor
  pilotage fault t_resistance clear            plug it back in
  pilotage fault t_sortie garbage --rate 0.1   one transfer in ten is garbage
  pilotage fault bus stuck                     hold the whole bus
  pilotage fault all clear                     repair everything

kinds [what can suffer it; its options]:
"""
EXAMPLES += as_text() + "\n"
_OPTIONS: Final = {
    "seconds": "how long a hang or a time-out lasts",
    "delay": "seconds that every transfer takes more",
    "times": "clear after this many hits",
    "rate": "probability of a hit, 0 to 1",
    "degrees": "how wrong a shifted sensor is, in °C",
    "level": "where software PWM is frozen, 0 or 1",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add target, kind, the options of the kinds, and where the daemon is."""
    parser.add_argument("target", metavar="TARGET", help="a name from config.py, an address (0x48), bus, pigpiod, or all")
    parser.add_argument("kind", metavar="KIND", help="how it is broken, see the kinds below, or clear")
    for name, text in _OPTIONS.items():
        parser.add_argument(f"--{name}", type=number, metavar="NUMBER", help=text)
    parser.add_argument("--variant", metavar="WORD", help="of garbage: random, ones or zeros")
    parser.add_argument("--model", metavar="WORD", help="of wrong_chip: which chip answers instead")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Inject it and print what was done."""
    given = {name: getattr(arguments, name) for name in (*_OPTIONS, "variant", "model")}
    options = {name: _whole(value) for name, value in given.items() if value is not None}
    return with_client(arguments, lambda client: client.fault(arguments.target, arguments.kind, **options), _shown)


def _whole(value: float | str) -> float | str:
    """Return 3 for 3.0: counts and levels are whole numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(result: dict[str, Any]) -> str:
    return f"{result['target']}: {result['kind']}"
