"""What several commands share: where the bench's file is, how to reach a running daemon, what to make of its answer."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO, TypeVar

from pilotage.endpoints import DEFAULT_TIMEOUT, endpoint_of
from supervisor.exits import EX_CONFIG, EX_OK, exit_code

if TYPE_CHECKING:
    from actors.bench.devices import Bench
    from pilotage import Client, ClientError

T = TypeVar("T")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+\.[0-9]+", re.ASCII)
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
"""From which on records are kept, as a person types it."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    text = "the bench's file; else $PILOTAGE_CONFIG, ./config.py, /etc/pilotage/config.py"
    parser.add_argument("--config", metavar="FILE", default=None, help=text)


def add_endpoint(parser: argparse.ArgumentParser, *, as_json: bool = True, several: bool = False) -> None:
    """Add `--endpoint`, `--curve`, `--timeout` and `--json`; with `several` the first is a list that may be repeated."""
    text = "the daemon: a host, host:port or tcp://host:port; else $PILOTAGE_ENDPOINT, the daemon of this computer"
    action = "append" if several else "store"
    text += "; may be repeated" if several else ""
    parser.add_argument("--endpoint", type=address, metavar="ADDRESS", default=None, action=action, help=text)
    text = "this client's key, for the daemon's encrypted port (5556 unless the key says another); else $PILOTAGE_CURVE"
    parser.add_argument("--curve", metavar="FILE", default=None, help=text)
    text = f"how long to wait for the daemon (default: {DEFAULT_TIMEOUT:g})"
    parser.add_argument("--timeout", type=positive_seconds, metavar="SECONDS", default=DEFAULT_TIMEOUT, help=text)
    if as_json:
        add_json(parser)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


@contextmanager
def output(path: Path | None) -> Iterator[TextIO]:
    """Open what a command writes to: a file, UTF-8, or the terminal if there is none. Raises OSError."""
    if path is None:
        yield sys.stdout
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file


def number(text: str) -> float:
    """Return a finite number typed by a person; for `type=`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        point = text.replace(",", ".")
        meant = point if point != text and _NUMBER.fullmatch(point) else "128 or 25.5"
        raise argparse.ArgumentTypeError(f"{text!r} is no number; write {meant}")
    return value


def seconds(text: str) -> float:
    """Return a number of seconds, 0 or more; for `type=`."""
    value = number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, 0 or more")
    return value


def positive_seconds(text: str) -> float:
    """Return a number of seconds above 0; for `type=`."""
    value = seconds(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value


def address(text: str) -> str:
    """Return the address of a daemon as it was typed; for `type=`."""
    try:
        endpoint_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text  # its port, if it names none, depends on the key


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is, 80 at least; None if it is none, where nothing needs to be cut."""
    import shutil

    return max(shutil.get_terminal_size().columns, 80) if sys.stdout.isatty() else None


def load_bench(config: str | None) -> tuple[Bench | None, Path | None, int]:
    """Return the bench, the file it came from (None: no file was found), and an exit code; what is wrong goes to stderr."""
    from supervisor.configuration import ConfigurationError, default_bench_path, find, load

    try:
        path = find(config, os.environ, Path.cwd())
        return load(path or default_bench_path()), path, EX_OK
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return None, None, EX_CONFIG


def connect(arguments: argparse.Namespace, endpoint: str | None = None) -> Client:
    """Return a client of the daemon that the command line names, or at `endpoint`; raises ClientError."""
    from pilotage import Client, ClientError

    named = arguments.endpoint if endpoint is None else endpoint
    if isinstance(named, list):
        if len(named) > 1:
            raise ClientError("bad_endpoint", "this is done with one daemon: name it with one --endpoint")
        named = named[0]
    return Client(named, arguments.timeout, arguments.curve)


def with_client(arguments: argparse.Namespace, act: Callable[[Client], T], show: Callable[[T], str]) -> int:
    """Run `act` on a client and print its result; return 0, or the exit code of the error, which goes to stderr."""
    from pilotage import ClientError

    try:
        with connect(arguments) as client:
            result = act(client)
    except ClientError as error:
        return failed(error)
    print(json.dumps(result, indent=2, ensure_ascii=False) if getattr(arguments, "json", False) else show(result))
    return EX_OK


def failed(error: ClientError, what: str = "") -> int:
    """Print an error of the daemon to stderr and return the exit code for it."""
    where = f"{what}: " if what else ""
    code = "" if error.code == "unreachable" else f" [{error.code}]"
    return complain("", f"{where}{error}{code}", exit_code(error.code))


def complain(command: str, text: str, code: int) -> int:
    """Print to stderr what went wrong with a command ("": with any) and return `code`."""
    print(f"pilotage {command}: {text}" if command else f"pilotage: {text}", file=sys.stderr)
    return code
