"""What may follow on a command line that is being typed. The shells' scripts in `shells/` ask `pilotage completion --words`.

Everything comes from the parser, so that a new command or option is completed without another word; names come from the daemon.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
    line = _read(parser, words[1:-1])
    if line is None:
        return []
    if line.option is not None:
        found = _choices(line.option)
    elif typed.startswith("-"):
        options = [(option, action.help or "") for action in line.parser.arguments for option in action.option_strings]
        found = [(option, meaning) for option, meaning in options if option.startswith("--") and option not in line.used]
    elif line.parser.commands:
        found = [(name, command.summary) for name, command in line.parser.commands.items()]
    else:
        found = _positional(line, names)
    return [(word, meaning) for word, meaning in found if word.startswith(typed)]


@dataclass(slots=True)
class _Line:
    """What has been typed so far; `option` waits for its value, `values` has those of the others."""

    parser: Parser
    command: str = ""
    positionals: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    option: argparse.Action | None = None


def _read(parser: Parser, words: Sequence[str]) -> _Line | None:
    """Return what complete words say, None behind a command that there is not; bash makes a word of every `=`."""
    line = _Line(parser)
    for word in words:
        if line.option is not None:
            if word != "=":
                line.values[line.option.dest] = word
                line.option = None
        elif word.startswith("-") and word != "-":
            name, equals, value = word.partition("=")
            line.used.add(name)
            action = next((each for each in line.parser.arguments if name in each.option_strings and each.nargs != 0), None)
            if action is not None and equals:
                line.values[action.dest] = value
            elif action is not None:
                line.option = action
        elif not line.parser.commands:
            line.positionals.append(word)
        elif word in line.parser.commands:
            line.command, line.parser = word, line.parser.commands[word]
        else:
            return None
    return line


def _positional(line: _Line, names: Names) -> list[tuple[str, str]]:
    positionals = [action for action in line.parser.arguments if not action.option_strings]
    if not positionals:
        return []
    typed = len(line.positionals)
    action = positionals[min(typed, len(positionals) - 1)]
    if typed >= len(positionals) and action.nargs not in {"+", "*"}:
        return []
    if action.choices is None and str(action.metavar).startswith(NAMED):
        return [(name, "") for name in names(line.command, line.positionals, line.values.get("endpoint"), line.values.get("curve"))]
    return _choices(action)


def _choices(action: argparse.Action) -> list[tuple[str, str]]:
    return [(str(choice), "") for choice in action.choices or ()]
