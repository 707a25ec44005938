"""Make keys for the daemon's port with keys: the daemon's own, if it has none yet, and one for a client.

The client's file is secret: bring it to the client's computer by a safe way, and nowhere else.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from supervisor.cli.options import add_config, complain, load_bench
from supervisor.exits import EX_CANTCREAT, EX_OK, EX_USAGE

if TYPE_CHECKING:
    from actors.bench.access import Keyring

HELP = "make keys for the encrypted port"
EXAMPLES = """examples:
  sudo pilotage keygen laptop --role drive       a key for a computer that may drive
  sudo pilotage keygen screen --role read        one that may only look
  sudo pilotage keygen --list                    who has a key
  sudo rm /etc/pilotage/keys/laptop.key && sudo systemctl reload pilotage
                                                 take a key back

CURVE = {} in config.py opens the port; then: pilotage status --endpoint raspberrypi --curve laptop.key_secret
"""
ROLES: Final = ("read", "drive")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whose key, what it may do, and where the files go."""
    parser.add_argument("name", metavar="CLIENT", nargs="?", help="what to call the client; without it, only the daemon's key is made")
    parser.add_argument("--role", choices=ROLES, help="what the client may do")
    parser.add_argument("--output", metavar="FILE", help="the client's secret file (default: CLIENT.key_secret in the current folder)")
    parser.add_argument(
        "--keys", metavar="FOLDER", help="the daemon's folder of keys (default: that of CURVE in config.py, else `keys` beside it)"
    )
    parser.add_argument("--list", action="store_true", help="show which clients have a key, and what they may do")
    add_config(parser)


def main(arguments: argparse.Namespace) -> int:
    """Make the keys; return 0, 64 for a wrong command line, 73 if a file cannot be made, 78 for a bad config.py."""
    import zmq

    if not zmq.has("curve"):
        return complain("keygen", "this computer's libzmq was built without CURVE: it knows no keys", EX_CANTCREAT)
    name, role = arguments.name, arguments.role
    if name is not None and role is None and not arguments.list:
        return complain("keygen", "say what the client may do: --role read or --role drive", EX_USAGE)
    if name is None and role is not None:
        return complain("keygen", "name the client that gets the role", EX_USAGE)
    folder, port, code = _where(arguments)
    if folder is None:
        return code
    from pilotage.errors import KeyFileError

    try:
        return _show(folder) if arguments.list else _make(folder, port, arguments)
    except KeyFileError as error:
        return complain("keygen", str(error), EX_CANTCREAT)


def _where(arguments: argparse.Namespace) -> tuple[Path | None, int, int]:
    """Return the folder of keys, the port for clients, and an exit code."""
    from pilotage.wire.key import DEFAULT_PORT

    if arguments.keys is not None:
        return Path(arguments.keys), DEFAULT_PORT, EX_OK
    bench, path, code = load_bench(arguments.config)
    if bench is None:
        return None, 0, code
    curve = bench.access.curve
    if curve is not None:
        return Path(curve.folder), curve.port, EX_OK
    if path is None:
        return None, 0, complain("keygen", "there is no config.py, so name the folder with --keys", EX_USAGE)
    print("config.py has no CURVE yet: add the line  CURVE = {}  to open the port")
    return path.resolve().parent / "keys", DEFAULT_PORT, EX_OK


def _make(folder: Path, port: int, arguments: argparse.Namespace) -> int:
    from actors.bench.access import Role
    from supervisor.keys import files
    from supervisor.keys.folder import SERVER, make_client, make_server

    name = arguments.name
    if name is not None and (not files.is_name(name) or name == "server"):
        return complain(
            "keygen", f"{name!r} is no name for a client: up to 50 letters, digits, dots, dashes and underscores, not `server`", EX_USAGE
        )
    if make_server(folder):
        print(f"made {folder / SERVER}: the daemon's own key, which never leaves this computer")
    elif name is None:
        print(f"{folder / SERVER} is there already; nothing was made")
    if name is None:
        return EX_OK
    output = Path(arguments.output or f"{name}.key_secret")
    make_client(folder, name, Role(arguments.role), port, output)
    print(f"made {folder / name}.key: the daemon lets {name} {arguments.role} after  sudo systemctl reload pilotage")
    print(f"made {output}: secret; bring it to {name} by a safe way, then there:  pilotage status --endpoint HOST --curve {output.name}")
    return EX_OK


def _show(folder: Path) -> int:
    from supervisor.keys.folder import load

    keyring: Keyring
    keyring, problems = load(folder)
    for key in keyring.clients:
        print(f"{key.name:<20} {key.role}")
    for problem in problems:
        complain("keygen", problem, EX_OK)
    return EX_OK
