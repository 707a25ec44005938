"""Which benches a command is about: addresses, coordinators of LECO networks, a list in a file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pilotage.endpoints import endpoint_of

if TYPE_CHECKING:
    from pilotage import Laboratory

VARIABLE: Final = "PILOTAGE_BENCHES"
NONE_NAMED: Final = f"which benches? name them with --leco HOST, --benches FILE or --endpoint ADDRESS, or a file in ${VARIABLE}"
BAD: Final = 1
"""Exit code when a bench is not as it should be."""
UNREACHED: Final = 2
"""Exit code when a bench is not reached, whatever the others are."""


def coordinator(text: str) -> str:
    """Return the address of a LECO coordinator as it was typed; for `type=`."""
    try:
        endpoint_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).replace("a daemon", "a coordinator")) from None
    return text


def add_which(parser: argparse.ArgumentParser) -> None:
    """Add `--leco` and `--benches`; `--endpoint` and `--curve` are added with what every command has."""
    text = "every bench that the coordinator of this LECO network knows: a host or host:port; may be repeated"
    parser.add_argument("--leco", type=coordinator, metavar="HOST", action="append", default=[], help=text)
    text = f"every bench of this list: an address in a line, or `leco HOST`; else ${VARIABLE}"
    parser.add_argument("--benches", type=Path, metavar="FILE", default=None, help=text)


def laboratory(arguments: argparse.Namespace) -> Laboratory | None:
    """Return the benches that the command line names; None if it names none. Raises ClientError for a bad list."""
    from pilotage import Laboratory
    from pilotage.lab.listed import read_list

    file = arguments.benches
    if file is None and not arguments.leco and not arguments.endpoint and os.environ.get(VARIABLE):
        file = Path(os.environ[VARIABLE]).expanduser()
    addresses, coordinators = read_list(file) if file is not None else ([], [])
    named = [(each, arguments.curve) for each in arguments.endpoint or []]
    if not (named or addresses or coordinators or arguments.leco):
        return None
    return Laboratory([*named, *addresses], [*arguments.leco, *coordinators], arguments.timeout)
