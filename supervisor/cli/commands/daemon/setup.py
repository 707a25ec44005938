"""From a fresh Raspberry Pi to a bench that is served: the firmware's settings, the sensors that are there, `config.py`, the service.

Asks before everything it changes. A `config.py` that somebody has made is left as it is. Can be repeated, and goes on after a reboot.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from supervisor.cli.options import complain
from supervisor.exits import EX_OK, EX_UNAVAILABLE

if TYPE_CHECKING:
    from actors.hardware.i2c.scan import Found

HELP = "set a machine up, from the firmware to the service, asking on the way"
EXAMPLES = """examples:
  sudo pilotage setup
  sudo pilotage setup --bus 3           the sensors are on /dev/i2c-3
  sudo pilotage setup --yes             without a question
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--bus`, `--yes` and `--no-start`."""
    parser.add_argument("--bus", metavar="N", type=int, default=None, help="the I2C bus of the sensors; else 1, or the first that is there")
    parser.add_argument("--yes", action="store_true", help="ask nothing, and do it")
    parser.add_argument("--no-start", action="store_true", help="do everything but start the service")


def main(arguments: argparse.Namespace) -> int:
    """Set up; return 0, 69 when something is missing, 75 when a reboot has to come first, 77 without root's rights, 78 for a bad file."""
    from supervisor.cli.commands.daemon.install_service import texts
    from supervisor.setup import installation
    from supervisor.setup.guide import Guide
    from supervisor.setup.host import Host

    host = Host()
    if not sys.platform.startswith("linux"):
        return complain("setup", "it needs Linux with systemd", EX_UNAVAILABLE)
    refusal = installation.refusal(host) or installation.misplaced(host)
    if refusal is not None:
        code, text = refusal
        return complain("setup", text.replace("install-service (or --dry-run)", "setup"), code)
    code = Guide(host, _agreed if arguments.yes else _ask, _look, arguments.bus).bench()
    if code != EX_OK:
        return code
    code, _bench = installation.install(host, None, texts(), start=not arguments.no_start)
    if code == EX_OK and not arguments.no_start and sys.stdout.isatty():
        return _watch()
    return code


def _look(bus: int, expected: Mapping[int, str]) -> Sequence[Found]:
    from actors.hardware.i2c.bus import LinuxBus
    from actors.hardware.i2c.scan import FULL_RANGE, scan

    opened = LinuxBus(bus)
    try:
        return scan(opened, FULL_RANGE, expected)
    finally:
        opened.close()


def _agreed(question: str) -> bool:
    print(f"{question} yes")
    return True


def _ask(question: str) -> bool:
    """Ask until the answer is one; an end of the input is a no."""
    while True:
        try:
            answer = input(f"{question} [Y/n] ").strip().lower()
        except EOFError:
            print()
            return False
        if answer in {"", "y", "yes", "n", "no"}:
            return answer in {"", "y", "yes"}


def _watch() -> int:
    """Show the values that are served now, until the person has seen enough."""
    from supervisor.cli.main import main as pilotage

    return pilotage(["watch"])
