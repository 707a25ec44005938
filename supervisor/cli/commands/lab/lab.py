"""Show how every bench of a laboratory is, one row for each: what is not well, which heaters are on, what loops hold.

All are asked at once; one that does not answer costs one time-out. Exit code 0 when all are well, 1 when one is not, 2 when one is not
reached.
"""

from __future__ import annotations

import argparse
import json

from supervisor.cli.commands.lab.which import BAD, NONE_NAMED, UNREACHED, add_which, laboratory
from supervisor.cli.options import add_endpoint, complain, failed, terminal_width
from supervisor.exits import EX_OK, EX_USAGE

HELP = "show how all benches of a laboratory are"
EXAMPLES = """examples:
  pilotage lab --leco 192.168.1.10
  pilotage lab --endpoint raspberrypi --endpoint raspberrypi2
  pilotage lab --benches benches.txt --json

benches.txt:
  raspberrypi                       # an address in a line
  192.168.1.20 laptop.key_secret    # with a key file beside this list, if the bench wants one
  leco 192.168.1.10                 # all benches that this coordinator knows
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which benches, and how to reach them."""
    add_which(parser)
    add_endpoint(parser, several=True)


def main(arguments: argparse.Namespace) -> int:
    """Print the table; return 0, 1 or 2, or 64 for a wrong command line."""
    from pilotage import ClientError
    from supervisor.cli.commands.lab.table import WELL, as_json, how, table

    try:
        benches = laboratory(arguments)
    except ClientError as error:
        return failed(error)
    if benches is None:
        return complain("lab", NONE_NAMED, EX_USAGE)
    found = benches.status()
    if arguments.json:
        print(json.dumps(as_json(found, benches.strangers), indent=2, ensure_ascii=False))
    else:
        print(table(found, benches.strangers, terminal_width()))
    if not found or any(bench.status is None for bench in found):
        return UNREACHED
    return EX_OK if all(how(bench) == WELL for bench in found) else BAD
