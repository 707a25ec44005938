"""Drive an output of a running daemon, and print what it then does: its read-back, as the hardware says."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from pilotage import names
from supervisor.cli.options import add_endpoint, number, with_client

if TYPE_CHECKING:
    from pilotage import Client

HELP = "drive an output"
EXAMPLES = """examples:
  pilotage set ventilateur 128
  pilotage set GPIO23 25.5

A value beyond the output's limits is clamped; an output that ramps reads back where it is on its way.
An on/off output takes the words on, off, true and false as well: pilotage set valve on
"""
_WORDS: Final = {"on": True, "true": True, "off": False, "false": False}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name, the value, and where the daemon is."""
    parser.add_argument("name", metavar="NAME", help="an output's name from config.py, or its pin (GPIO18)")
    parser.add_argument("value", metavar="VALUE", type=_value, help="the set-point, in the output's units; on or off for an on/off output")
    add_endpoint(parser)


def _value(text: str) -> float | bool:
    word = _WORDS.get(text.casefold())
    if word is not None:
        return word
    try:
        return number(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, or on and off for an on/off output") from None


def main(arguments: argparse.Namespace) -> int:
    """Print the read-back."""
    said: list[str] = []
    return with_client(arguments, lambda client: _set(client, arguments.name, arguments.value, said), lambda _: said[0])


def _set(client: Client, name: str, value: float, said: list[str]) -> dict[str, Any]:
    """Return what `--json` prints, and put what a person reads into `said`."""
    from pilotage import ClientError
    from supervisor.cli.outcome import after_set

    read_back = client.set(name, value)
    try:
        lists = client.scan()
        output, status = names.output(names.to_drive(name, lists), lists), client.status()
    except ClientError:  # it is done, whatever can be said of it
        output, status = None, None
    said.append(f"{name} {after_set(output, value, read_back, status)}")
    return {"name": name, "asked": value, "read_back": read_back}
