"""Write down what a bench measures while it does, as CSV, until Ctrl-C: the daemon is followed, no recorder is needed.

With --every, a line has the mean of each name over so many seconds; without it, each line is one reading.
A daemon that is restarted is waited for.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from supervisor.cli.options import add_endpoint, complain, connect, failed, output
from supervisor.exits import EX_IOERR, EX_OK, EX_USAGE

if TYPE_CHECKING:
    from pilotage import Client
    from pilotage.history.columns import Columns

HELP = "write down what is measured, live"
EXAMPLES = """examples:
  pilotage record t_resistance --every 1 > run.csv      a line a second, until Ctrl-C
  pilotage record t_entree t_sortie resistance --every 10 -o run.csv
  pilotage record t_resistance                          every reading
  pilotage record t_resistance --every 1 --for 1h       an hour of it
"""
AGAIN: Final = 1.0
"""Seconds after which a daemon that does not answer is asked again."""

PASSING: Final = frozenset({"shutting_down", "outgrown", "busy", "displaced"})
"""Refusals that say that the daemon will answer in a moment."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the names, the step, and how it is written."""
    parser.add_argument("names", nargs="+", metavar="NAME[.CHANNEL]", help="a sensor, a channel, or an output")
    parser.add_argument("--every", metavar="DURATION", help="a line with means each 1s, 10s, 1min; without it, every reading")
    parser.add_argument("--for", dest="duration", metavar="DURATION", help="end after 10min, 2h; without it, at Ctrl-C")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to; without it, to the terminal")
    parser.add_argument("--separator", default=",", metavar="SIGN", help="what stands between fields (default: ,)")
    parser.add_argument("--decimal", default=".", choices=(".", ","), help="the decimal sign (default: .)")
    add_endpoint(parser, as_json=False)


def main(arguments: argparse.Namespace) -> int:
    """Write what is measured; return 0 at Ctrl-C or the end of the time, or an exit code."""
    from pilotage import ClientError
    from pilotage.history.moments import duration
    from pilotage.history.table import Style, lines

    try:
        every = None if arguments.every is None else duration(arguments.every)
        lasts = None if arguments.duration is None else duration(arguments.duration)
    except ValueError as error:
        return complain("record", str(error), EX_USAGE)
    if arguments.separator == arguments.decimal:
        return complain("record", "separator and decimal sign must differ: with --decimal , write --separator ';'", EX_USAGE)
    style = Style("long" if every is None else "wide", arguments.separator, arguments.decimal)
    try:
        with connect(arguments) as client, output(arguments.output) as out:
            for line in lines(_followed(client, list(dict.fromkeys(arguments.names)), every, lasts), style):
                out.write(line)
                out.flush()
    except ClientError as error:
        return failed(error)
    except OSError as error:
        return complain("record", f"{arguments.output or 'the output'}: {error.strerror or error}", EX_IOERR)
    except KeyboardInterrupt:
        pass
    return EX_OK


def _followed(client: Client, names: list[str], every: float | None, lasts: float | None) -> Iterator[Columns]:
    """Yield what is measured, a moment at a time; a daemon that has answered once is waited for."""
    from pilotage.errors import ClientError, UnreachableError
    from pilotage.history.live import Live, units_of

    units = units_of(client.describe())
    if unknown := [name for name in names if name not in units]:
        raise ClientError("unknown_name", f"nothing is called {', '.join(unknown)}; there are: {', '.join(units)}")
    part = client.history_since()
    live, cursor = Live({name: units[name] for name in names}, part, every), part["cursor"]
    end = float("inf") if lasts is None else time.monotonic() + lasts
    while time.monotonic() < end:
        try:
            part = client.history_since(cursor, min(every or 1.0, 1.0), "all" if every is None else "events")
        except UnreachableError as error:
            sys.stderr.write(f"pilotage record: {error}\n")
            time.sleep(AGAIN)
            continue
        except ClientError as error:
            if error.code not in PASSING:
                raise
            time.sleep(AGAIN)
            continue
        if part["missed"]:
            sys.stderr.write("pilotage record: the daemon began anew, or too much came; what was measured meanwhile is missing\n")
        cursor = part["cursor"]
        yield from live.take(part)
