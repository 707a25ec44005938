"""What may follow on a command line that is being typed. The shells' scripts in `shells/` ask `pilotage completion --words`.

Everything comes from the parser, so that a new command or option is completed without another word; names come from the daemon.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from supervisor.cli.main import Parser

Names = Callable[[str, Sequence[str], str | None, str | None], list[str]]
"""(command, the positional arguments before this one, --endpoint and --curve as typed or None) -> names that fit."""
NAMED: Final = ("NAME", "TARGET", "KIND", "INTERLOCK")
"""Metavars, or their beginnings, of arguments that are names a daemon knows."""


def script(shell: str) -> str:
    """Return what `shell` is to run once, so that it asks from then on."""
    return (Path(__file__).parent / "shells" / f"pilotage.{shell}").read_text(encoding="utf-8")


def candidates(parser: Parser, words: Sequence[str], names: Names) -> list[tuple[str, str]]:
    """Return (word, what it means) for what the last of `words` may become; nothing where a file or free text belongs."""
    typed = words[-1] if words else ""
    line = _Line(parser)
    for word in words[1:-1]:
        line.take(word)
    if line.lost:
        return []
    if line.option is not None:
        found = _choices(line.option)
    elif typed.startswith("-"):
        found = [
            (option, action.help or "")
            for action in line.parser.arguments
            for option in action.option_strings
            if option.startswith("--") and (option not in line.used)
        ]
    elif line.parser.commands:
        found = [(name, command.summary) for name, command in line.parser.commands.items()]
    else:
        found = _positional(line, names)
    return [(word, meaning) for word, meaning in found if word.startswith(typed)]


class _Line:
    """What has been typed so far: the command, the options used, and the option that waits for its value."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.command = ""
        self.positionals: list[str] = []
        self.used: set[str] = set()
        self.option: argparse.Action | None = None
        self.endpoint: str | None = None
        self.curve: str | None = None
        self.lost = False

    def take(self, word: str) -> None:
        """Take the next complete word; bash makes one of every `=`."""
        if self.option is not None:
            if word != "=":
                self._value(self.option, word)
                self.option = None
        elif word.startswith("-") and word != "-":
            self._take_option(word)
        elif self.parser.commands:
            self.command = word
            self.lost = word not in self.parser.commands
            self.parser = self.parser.commands.get(word, self.parser)
        else:
            self.positionals.append(word)

    def _take_option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        self.used.add(name)
        for action in self.parser.arguments:
            if name in action.option_strings and action.nargs != 0:
                if equals:
                    self._value(action, value)
                else:
                    self.option = action

    def _value(self, action: argparse.Action, value: str) -> None:
        if action.dest == "endpoint":
            self.endpoint = value
        elif action.dest == "curve":
            self.curve = value


def _positional(line: _Line, names: Names) -> list[tuple[str, str]]:
    positionals = [action for action in line.parser.arguments if not action.option_strings]
    if not positionals:
        return []
    typed = len(line.positionals)
    index = min(typed, len(positionals) - 1)
    action = positionals[index]
    if typed > index and action.nargs not in {"+", "*"}:
        return []
    if action.choices is None and str(action.metavar).startswith(NAMED):
        return [(name, "") for name in names(line.command, line.positionals, line.endpoint, line.curve)]
    return _choices(action)


def _choices(action: argparse.Action) -> list[tuple[str, str]]:
    return [(str(choice), "") for choice in action.choices or ()]
