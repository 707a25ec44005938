"""Send every output to its safe value without a daemon: after it was killed, or ended in any other way.

It needs no config.py: a daemon writes down at its start what it drives. While a daemon drives the bench, this touches nothing:
use `pilotage off`. It takes 3 s at most, also when pigpiod hangs. With --heaters a running daemon is asked to switch the heaters off, and
what it does not do is done here.
Exit code 0: every output is safe, verified. 69: some hardware was not reached. 74: an output does not follow. 75: a daemon drives this
bench. 78: it is not known what is driven.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from supervisor.cli.options import add_config, complain, load_bench
from supervisor.exits import EX_CONFIG, EX_OK

if TYPE_CHECKING:
    from supervisor.rig.safe import Entry

ASKED_WITHIN: Final = 2.0
"""Seconds for each answer of a daemon."""
HELP = "send every output to its safe value when no daemon is there"
EXAMPLES = """examples:
  pilotage safe                                       after the daemon was killed
  ExecStopPost=/opt/pilotage/bin/pilotage safe --config /etc/pilotage/config.py --reason ${SERVICE_RESULT}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config`, `--heaters` and `--reason`."""
    add_config(parser)
    text = "heaters alone, also while a daemon runs: it is asked, and what it does not do is done here (before pigpiod ends)"
    parser.add_argument("--heaters", action="store_true", help=text)
    parser.add_argument("--reason", metavar="WORD", default="", help="why, to be printed with the result")


def main(arguments: argparse.Namespace) -> int:
    """Make safe; return what is explained above. It does not wait for a thread that is stuck in the hardware."""
    from supervisor.rig.safe_list import read

    named = arguments.config or os.environ.get("PILOTAGE_CONFIG")
    lists = read(os.environ, Path(named) if named else None)
    because = f" ({arguments.reason})" if arguments.reason else ""
    if not lists:
        document, code = _from_config(arguments.config)
        if document is None:
            return code
        lists = [document]
    from supervisor.rig.safe_now import make_safe

    worst, stuck = EX_OK, False
    for document in lists:
        _say(f"pilotage safe{because}: the bench of {document['config']}")
        code, ended = make_safe(document, _say, ask=partial(_asked, Path(document["config"])) if arguments.heaters else None)
        worst, stuck = max(worst, code), stuck or not ended
    if stuck:
        sys.stdout.flush()
        os._exit(worst)
    return worst


def _say(text: str) -> None:
    """Print; a full disk or a closed stdout must not keep an output from being made safe."""
    try:
        print(text, flush=True)
    except (OSError, ValueError):
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


def _asked(config: Path, heaters: list[Entry], say: Callable[[str], object]) -> list[Entry]:
    """Have the daemon of `config` switch `heaters` off; return those it did not, for whatever reason."""
    from pilotage import Client, ClientError, UnreachableError
    from pilotage.here import reach

    left = []
    found = reach.known(os.environ, config)
    try:
        with Client(found[0]["endpoint"] if found else None, ASKED_WITHIN, "") as client:
            for heater in heaters:
                try:
                    value = client.set(_place(heater), heater["safe"])
                except UnreachableError:
                    raise
                except ClientError as error:
                    say(f"{heater['id']} ({_place(heater)}): the daemon refused: {error}")
                    value = None
                if value == heater["safe"]:
                    say(f"{heater['id']} ({_place(heater)}): safe, the daemon did it, reads back {value:g}")
                else:
                    left.append(heater)
    except Exception as error:  # noqa: BLE001 - whatever keeps the daemon from doing it, it is done here
        say(f"the daemon was asked in vain: {error}")
        return heaters
    return left


def _place(entry: Entry) -> str:
    return f"GPIO{entry['pin']}" if entry["pin"] is not None else f"0x{entry['address']:02X}"


def _from_config(config: str | None) -> tuple[dict[str, Any] | None, int]:
    """Return the list that a daemon would write, from the bench's file: where none has been written yet."""
    from actors.errors import PilotageError
    from actors.hardware.machine import choose_mode
    from supervisor.rig.safe_list import of_bench

    bench, path, code = load_bench(config)
    if bench is None or path is None:
        return None, complain(
            "safe", "no daemon has written down what it drives, and there is no good config.py to tell", code or EX_CONFIG
        )
    if choose_mode(None, bench.roots) == "simulated":
        _say(f"pilotage safe: the bench of {path} has no hardware on this machine; nothing to do")
        return None, EX_OK
    try:
        return of_bench(bench), EX_OK
    except PilotageError as error:
        return None, complain("safe", error.message, EX_CONFIG)
