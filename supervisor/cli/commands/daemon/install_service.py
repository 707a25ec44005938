"""Install pilotage as a service of this machine: user, groups, unit, drop-ins, the bench's file; then start it and check the machine.

Can be repeated: what is in place is left alone, and /etc/pilotage/config.py is never replaced. A predecessor's service of the same name
is stopped with the heater off, its unit is kept as .bak, and its config.py is taken over if it passes the check.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

from supervisor.cli.options import complain
from supervisor.daemon.program import installing
from supervisor.exits import EX_OK, EX_UNAVAILABLE

HELP = "install pilotage as a service of this machine"
EXAMPLES = """examples:
  pilotage install-service --dry-run                        say what would be done, on any computer
  sudo /opt/pilotage/bin/pilotage install-service           do it
  sudo pilotage install-service --config bench2.py          with this bench, if there is none yet
  sudo pilotage install-service --leco                      with the coordinator of a LECO network
  sudo pilotage install-service --uninstall
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the bench's file to install as /etc/pilotage/config.py if there is none"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument("--no-start", action="store_true", help="install and enable, but do not start")
    parser.add_argument("--leco", action="store_true", help="the coordinator of a LECO network as well, for whoever has none; needs pyleco")
    parser.add_argument("--uninstall", action="store_true", help="stop the service and remove it; the bench's file stays")


def texts() -> dict[str, str]:
    """Return the files that explain the program to a person and to a shell."""
    from supervisor.cli.completion import script
    from supervisor.cli.main import build_parser
    from supervisor.cli.manual import page
    from supervisor.setup.installation import COMPLETION, MANUAL

    return {MANUAL: page(build_parser()), COMPLETION: script("bash")}


def main(arguments: argparse.Namespace) -> int:
    """Install or remove; return 0, 69 when something failed, 77 without root's rights, 78 for a bad bench file."""
    from supervisor.setup import installation
    from supervisor.setup.host import Host

    host = Host(dry=arguments.dry_run)
    linux = sys.platform.startswith("linux")
    refusal = installation.refusal(host) if linux else (EX_UNAVAILABLE, "it needs Linux with systemd")
    refusal = refusal or (None if arguments.uninstall else installation.misplaced(host))
    if refusal is not None:
        code, text = refusal
        failed = complain("install-service", f"{'without --dry-run it would be refused: ' if host.dry else ''}{text}", code)
        if not host.dry:
            return failed
    if arguments.uninstall:
        return installation.uninstall(host)
    if arguments.leco and importlib.util.find_spec("pyleco") is None:
        missing = f"the coordinator needs pyleco, and nothing was changed; first: {installing('pyleco>=0.6')}"
        failed = complain("install-service", missing, EX_UNAVAILABLE)
        if not host.dry:
            return failed
    code, bench = installation.install(host, arguments.config, texts(), start=not arguments.no_start)
    if code == EX_OK and arguments.leco:
        code = installation.coordinate(host, start=not arguments.no_start)
    if bench is not None and linux:
        from supervisor.setup.doctor.examination import examine
        from supervisor.setup.doctor.findings import show

        print()
        show(examine(host, bench), print)
        print("\nthe sensors and outputs, one by one: pilotage doctor")
    return code
