"""The command line: `pilotage COMMAND`. Every command is a module of its own, imported when it is called."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO, cast

from pilotage import __version__
from supervisor.exits import EX_CANTCREAT, EX_OK, EX_UNAVAILABLE, EX_USAGE, leave

_COMMANDS: Final = (
    "daemon.run",
    "daemon.web",
    "daemon.web_login",
    "daemon.check_config",
    "daemon.scan",
    "bench.read",
    "bench.set",
    "bench.hold",
    "bench.tune",
    "bench.watch",
    "bench.status",
    "lab.lab",
    "lab.leco_coordinator",
    "history.history",
    "history.record",
    "bench.off",
    "bench.retry",
    "bench.reset",
    "daemon.safe",
    "bench.log_level",
    "bench.fault",
    "files.drivers",
    "files.new_driver",
    "files.pymodaq_config",
    "files.keygen",
    "files.completion",
    "files.man",
    "daemon.doctor",
    "daemon.install_service",
    "daemon.setup",
    "files.version",
)
_NO_MORE: Final = frozenset({errno.EMFILE, errno.ENFILE})
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

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print; argparse itself would keep silent about a help text that nobody gets."""
        with suppress(OSError) if file is not sys.stdout else nullcontext():
            (file or sys.stderr).write(message)


def _typed(name: str) -> str:
    """Return what a person types for the command of a module."""
    return name.rpartition(".")[2].replace("_", "-")


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, [_typed(name) for name in _COMMANDS], n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def build_parser(only: Sequence[str] = _COMMANDS) -> Parser:
    """Return the parser of every command, or of `only` some."""
    parser = Parser(prog="pilotage", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"pilotage {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for name in only:
        module = importlib.import_module(f"supervisor.cli.commands.{name}")
        command = _typed(name)
        sub = commands.add_parser(command, help=module.HELP, description=module.__doc__, epilog=module.EXAMPLES)
        sub.summary = module.HELP
        parser.commands[command] = sub
        module.add_arguments(sub)
        sub.set_defaults(main=module.main)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Main thread. Does not return where a `config.py` left a thread behind."""
    _prepare_streams()
    code = _written(sys.argv[1:] if argv is None else argv)
    if "supervisor.configuration" in sys.modules:
        from supervisor.configuration.file.bounded import left_behind

        if left_behind():
            leave(code)
    return code


def _written(words: Sequence[str]) -> int:
    """Run one command and have all that it prints written; return its exit code."""
    try:
        try:
            code = _run(words)
        finally:  # what a help text or a refusal has printed is written as well
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return EX_OK
    except OSError as error:
        if words[:1] == ["run"]:
            raise  # the daemon's own, and no matter of what it prints
        _drop_stdout()
        with suppress(OSError):
            sys.stderr.write(f"pilotage: {_wrong(error)}\n")
        return EX_UNAVAILABLE if error.errno in _NO_MORE else EX_CANTCREAT
    except KeyboardInterrupt:
        return 130
    return code


def _run(words: Sequence[str]) -> int:
    # one command is loaded without the others: it is quick, and whatever is wrong with any of them
    parser = build_parser([name for name in _COMMANDS if [_typed(name)] == words[:1]] or _COMMANDS)
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        parser.commands.get(arguments.command, parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return EX_USAGE
    code: int = arguments.main(arguments)
    return code


class _Closed(io.TextIOBase):
    """Stands for a stdout that the caller has closed: whoever prints a result hears that nobody gets it."""

    def write(self, _text: str) -> int:
        """Refuse."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _prepare_streams() -> None:
    """Have every stream there is, with its descriptor, so that no socket takes the number of one that the caller closed."""
    if None in {sys.stdin, sys.stdout, sys.stderr}:
        while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:  # noqa: PLR2004 - stdin, stdout, stderr
            pass
        os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = cast("TextIO", _Closed())
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without the degree sign still gets the value


def _drop_stdout() -> None:
    """Let what could not be written go: Python would try it again at its end, and say so."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wrong(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.errno in _NO_MORE:
        return f"{reason}: this program may not open as many files and connections as it needs (ulimit -n)"
    return f"{error.filename or 'what there is to say cannot be written'}: {reason}"
