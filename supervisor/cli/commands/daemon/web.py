"""Keep the history of a bench and serve its page, beside the daemon and apart from it: what happens here slows, stops and heats nothing.

Without `WEB` in config.py there is no page, and only the history is kept. Beside `pilotage run --simulate` this is started by itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from supervisor.cli.options import add_config, address, complain, load_bench
from supervisor.exits import EX_OK, EX_UNAVAILABLE

HELP = "keep the history and serve the page in a browser"
EXAMPLES = """examples:
  pilotage web                                 as WEB in config.py says
  pilotage web --endpoint 192.168.1.20         for a daemon on another computer
  pilotage web --state /media/usb/history      the history in this folder
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `web` understands."""
    add_config(parser)
    text = "the daemon: a host, host:port or tcp://host:port; else the daemon of this computer that has this bench"
    parser.add_argument("--endpoint", type=address, metavar="ADDRESS", default=None, help=text)
    text = "keep the history in this folder; else $PILOTAGE_HISTORY, the service's own, ~/.local/state/pilotage/history"
    parser.add_argument("--state", metavar="DIR", default=None, help=text)
    parser.add_argument("--settings", action="store_true", help="print what the process would be told, and start nothing")


def main(arguments: argparse.Namespace) -> int:
    """Become the process of the page, which reads no `config.py` and stays small; return its exit code where it cannot be become."""
    from importlib.util import find_spec

    if find_spec("tornado") is None:
        from supervisor.daemon.program import installing

        return complain("web", f"a library of the page is missing: {installing('pilotage[web]')}", EX_UNAVAILABLE)
    bench, _path, code = load_bench(arguments.config)
    if bench is None:
        return code
    from pilotage.endpoints import endpoint_of
    from recorder.places import folder
    from supervisor.daemon.outside.page import command, settings_of
    from supervisor.setup.data import endpoint

    where = endpoint(bench) if arguments.endpoint is None else endpoint_of(arguments.endpoint)
    settings = settings_of(bench, where, arguments.state or str(folder(os.environ)), bench.page)
    if arguments.settings:
        print(settings.text())
        return EX_OK
    words = command(settings)
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(words[0], words)  # noqa: S606 - this very Python, with a module of its own
    return subprocess.call(words)  # noqa: S603 - the same
