"""The command line: `pilotage COMMAND`. Every command is a module of its own, imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from supervisor import __version__

EX_OK: Final = 0
EX_USAGE: Final = 64
EX_UNAVAILABLE: Final = 69
EX_CONFIG: Final = 78
_COMMANDS: Final = ("run", "check_config", "scan", "read", "set", "status", "off", "retry", "fault", "version")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that ends with EX_USAGE (64), as sysexits has it, and shows examples as they are written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and where help is, and exit with 64."""
        self.exit(EX_USAGE, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def build_parser() -> Parser:
    """Return the parser of every command."""
    parser = Parser(prog="pilotage", description="A hardware supervisor for a laboratory bench on a Raspberry Pi.")
    parser.add_argument("--version", action="version", version=f"pilotage {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    for name in _COMMANDS:
        module = importlib.import_module(f"supervisor.commands.{name}")
        sub = commands.add_parser(name.replace("_", "-"), help=module.HELP, description=module.__doc__, epilog=module.EXAMPLES)
        module.add_arguments(sub)
        sub.set_defaults(main=module.main)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Main thread."""
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EX_OK
    except KeyboardInterrupt:
        return 130
    return code
