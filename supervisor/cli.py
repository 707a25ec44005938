"""The command line: `pilotage COMMAND`. Every command is a module of its own, imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from supervisor import __version__
from supervisor.exits import EX_CONFIG, EX_OK, EX_UNAVAILABLE, EX_USAGE, leave

__all__ = ["EX_CONFIG", "EX_OK", "EX_UNAVAILABLE", "EX_USAGE", "Parser", "build_parser", "main"]

_COMMANDS: Final = (
    "run",
    "check_config",
    "scan",
    "read",
    "set",
    "watch",
    "status",
    "off",
    "retry",
    "reset",
    "safe",
    "log_level",
    "fault",
    "pymodaq_config",
    "keygen",
    "completion",
    "man",
    "doctor",
    "install_service",
    "version",
)
DESCRIPTION: Final = "A hardware supervisor for a laboratory bench on a Raspberry Pi."
EPILOG: Final = """examples:
  pilotage run --simulate           a bench on this computer, with simulated chips
  pilotage status                   how it is
  pilotage read t_resistance        one value
  pilotage COMMAND --help           what a command does, with examples
"""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that ends with EX_USAGE (64), as sysexits has it, and shows examples as they are written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **kwargs)
        self.summary = ""
        self.commands: dict[str, Parser] = {}

    @property
    def arguments(self) -> tuple[argparse.Action, ...]:
        """What this parser takes, in order, as the manual page and the completion want to know it."""
        return tuple(self._actions)

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and where help is, and exit with 64."""
        wrong = re.match(r"argument COMMAND: invalid choice: '(.*?)' \(choose from (.*)\)", message, re.DOTALL)
        if wrong is not None:
            message = f"there is no command {wrong[1]!r}{_nearest(wrong[1])}"
        self.exit(EX_USAGE, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, [name.replace("_", "-") for name in _COMMANDS], n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def build_parser(only: Sequence[str] = _COMMANDS) -> Parser:
    """Return the parser of every command, or of `only` some."""
    parser = Parser(prog="pilotage", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"pilotage {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for name in only:
        module = importlib.import_module(f"supervisor.commands.{name}")
        command = name.replace("_", "-")
        sub = commands.add_parser(command, help=module.HELP, description=module.__doc__, epilog=module.EXAMPLES)
        sub.summary = module.HELP
        parser.commands[command] = sub
        module.add_arguments(sub)
        sub.set_defaults(main=module.main)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Main thread. Does not return where a `config.py` left a thread behind."""
    code = _run(argv)
    if "supervisor.configuration" in sys.modules:
        from supervisor.configuration.bounded import left_behind

        if left_behind():
            leave(code)
    return code


def _run(argv: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without the degree sign still gets the value
    words = sys.argv[1:] if argv is None else argv
    parser = build_parser(["safe"] if words[:1] == ["safe"] else _COMMANDS)  # whatever is wrong with any other command
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.commands.get(arguments.command, parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return EX_USAGE
    try:
        code: int = arguments.main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EX_OK
    except KeyboardInterrupt:
        return 130
    return code
