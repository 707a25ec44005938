"""Write the file from which the PyMoDAQ plugin for Raspberry benches (pymodaq_plugins_raspberry) learns what there is.

By default it describes the bench of a running daemon, and names the address by which this computer reached it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from pilotage.endpoints import endpoint_of, host_and_port, is_here
from supervisor.cli.options import add_endpoint, complain, connect, failed, load_bench
from supervisor.exits import EX_CANTCREAT, EX_OK

if TYPE_CHECKING:
    from pilotage.places import Lists
    from supervisor.cli.pymodaq.file import Link

HELP = "write the PyMoDAQ plugin's file"
EXAMPLES = """examples:
  pilotage pymodaq-config --endpoint raspberrypi > ~/.pymodaq/config/config_raspberry.toml
  pilotage pymodaq-config --endpoint raspberrypi --output config_raspberry.toml
  pilotage pymodaq-config --config config.py --address 192.168.1.20

PyMoDAQ up to 5.1 reads ~/.pymodaq/config_raspberry.toml. Close PyMoDAQ before you replace the file.
In a PowerShell window use --output: `>` writes another encoding there.
"""
MARGIN: Final = 0.5
"""Seconds that PyMoDAQ waits longer than the daemon's deadline."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the bench is described, what to call the daemon, and where the text goes."""
    parser.add_argument("--config", metavar="FILE", help="describe the bench of this file, without asking a daemon")
    parser.add_argument("--address", metavar="HOST", help="how the PyMoDAQ computer reaches the daemon (default: the host of --endpoint)")
    parser.add_argument("--output", metavar="FILE", help="write here instead of printing")
    add_endpoint(parser, as_json=False)


def main(arguments: argparse.Namespace) -> int:
    """Print or write the file; return 0, or why not."""
    from pilotage import ClientError
    from supervisor.cli.pymodaq.file import document

    def warn(text: str) -> None:
        complain("pymodaq-config", text, EX_OK)

    try:
        source = _from_file(arguments) if arguments.config else _from_daemon(arguments)
    except ClientError as error:
        return failed(error)
    if isinstance(source, int):
        return source
    lists, link = source
    if is_here(link.host) and not any(entry["simulated"] for entry in (*lists["actuator"], *lists["detector"])):
        warn(f"PyMoDAQ is told to reach the daemon at {link.host}; if it runs on another computer, name this one with --address")
    return _write(document(lists, link, warn), arguments.output)


def _write(text: str, path: str | None) -> int:
    if path is None:
        print(text, end="")
        return EX_OK
    try:
        Path(path).expanduser().write_text(text, encoding="ascii", newline="\n")
    except OSError as error:
        return complain("pymodaq-config", f"cannot write {path}: {error.strerror}", EX_CANTCREAT)
    return EX_OK


def _from_daemon(arguments: argparse.Namespace) -> tuple[Lists, Link]:
    with connect(arguments) as client:
        host, port = host_and_port(client.endpoint)
        if client.key_file is not None:  # the plugin has none, and uses the other port
            port = int(client.status()["children"]["gateway"]["where"].rpartition(":")[2])
        return client.scan(), _link(arguments.address or host, port, client.describe()["deadline_s"])


def _from_file(arguments: argparse.Namespace) -> tuple[Lists, Link] | int:
    from actors.gateway.discovery import scan
    from actors.gateway.routes import Routes

    bench, _, code = load_bench(arguments.config)
    if bench is None:
        return code
    lists = cast("Lists", scan(Routes(bench), simulated=False))
    host, port = host_and_port(endpoint_of(arguments.endpoint)) if arguments.endpoint else ("localhost", bench.port)
    return lists, _link(arguments.address or host, port, bench.deadline)


def _link(host: str, port: int, deadline: float) -> Link:
    from supervisor.cli.pymodaq.file import TIMEOUT_MS, Link

    return Link(host, port, max(TIMEOUT_MS, round((deadline + MARGIN) * 1000)))
