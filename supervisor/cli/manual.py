"""The manual page pilotage(1), in roff: made from the parser, so that it knows every command and option. Pure.

`pilotage man > man/pilotage.1` writes the one that is installed.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator
from typing import Final

from supervisor.cli.main import DESCRIPTION, Parser

SOURCE_WIDTH: Final = 70
_ENVIRONMENT: Final = (
    ("PILOTAGE_ENDPOINT", "The daemon that commands talk to: a host, host:port or tcp://host:port. --endpoint wins."),
    ("PILOTAGE_CURVE", "The key file with which commands talk to the daemon's encrypted port. --curve wins; an empty text is no key."),
    ("PILOTAGE_CONFIG", "The bench's file. --config wins."),
    ("PILOTAGE_PORT, PILOTAGE_BIND, PILOTAGE_LOG_LEVEL, PILOTAGE_SIMULATE, PILOTAGE_HARDWARE", "As the options of run of these names."),
    ("PIGPIO_ADDR, PIGPIO_PORT", "Where pigpiod is, as its own programs understand them."),
)
_FILES: Final = (
    ("./config.py, /etc/pilotage/config.py", "The bench: which sensors and outputs there are. The first one found counts."),
    ("/etc/pilotage/keys", "The daemon's key, and what it knows of its clients' keys; made by keygen."),
    ("~/.pymodaq/config/config_raspberry.toml", "What pymodaq-config writes, where PyMoDAQ 5.2 and newer look for it."),
)
_EXITS: Final = (
    ("0", "Done; with status: all is well."),
    ("1", "Only status and doctor: something is not well."),
    ("2", "Only status: the daemon is not reached."),
    ("64", "The command line is wrong, or names something that does not exist."),
    ("69", "The daemon is not reached, or what the command needs is not there."),
    ("70", "A bug; the journal says where."),
    ("73", "The output file cannot be written, or what there is to say."),
    ("74", "A sensor or output did not do what was asked: the message says why."),
    ("75", "Not now: busy, or too late. Try again."),
    ("77", "Refused: by an interlock, a tripped lease, the rules of access, or because the bench is no simulated one."),
    ("78", "config.py is wrong."),
)
_LEGEND: Final = """\
A daemon, started with
.BR "pilotage run" ,
owns the sensors and outputs of a bench;
all other commands talk to it over the network, or look at the bench's file.
"""


def page(parser: Parser) -> str:
    """Return the whole page."""
    lines = [
        '.TH PILOTAGE 1 "" pilotage "User Commands"',
        ".SH NAME",
        f"pilotage \\- {_first_lower(DESCRIPTION).rstrip('.')}",
        ".SH SYNOPSIS",
        ".B pilotage",
        ".I COMMAND",
        "[\\fIARGUMENT\\fR ...]",
        ".SH DESCRIPTION",
        *_paragraphs(DESCRIPTION),
        *_LEGEND.splitlines(),
        ".SH COMMANDS",
    ]
    for name, command in parser.commands.items():
        lines += _command(name, command)
    for title, rows in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES), ("EXIT STATUS", _EXITS)):
        lines.append(f".SH {title}")
        for term, meaning in rows:
            lines += [".TP", f".B {escaped(term)}", *_wrapped(meaning)]
    lines += [".SH SEE ALSO", ".BR systemctl (1),", ".BR journalctl (1),", ".BR i2cdetect (8)"]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return text that roff prints as it stands."""
    text = (
        text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("~", "\\(ti")
        .replace("^", "\\(ha")
        .replace("`", "\\(ga")
        .replace("'", "\\(aq")
    )
    text = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _command(name: str, command: Parser) -> Iterator[str]:
    positionals = [action for action in command.arguments if not action.option_strings]
    options = [action for action in command.arguments if action.option_strings and action.dest != "help"]
    words = [escaped(name), *(["[\\fIOPTION\\fR ...]"] if options else []), *map(_usage, positionals)]
    yield f".SS pilotage {' '.join(words)}"
    yield from _paragraphs(command.description or "")
    for action in (*positionals, *options):
        yield ".TP"
        yield _term(action)
        yield from _wrapped(action.help or "")
    if command.epilog:
        yield ".PP"
        yield ".EX"
        yield from (escaped(line) for line in command.epilog.rstrip().splitlines())
        yield ".EE"


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        for line in paragraph.splitlines():
            yield from _wrapped(line)


def _wrapped(text: str) -> list[str]:
    """Return a sentence in the short lines that a page's source has; a reader's screen joins them again."""
    return [escaped(line) for line in textwrap.wrap(text, SOURCE_WIDTH, break_long_words=False, break_on_hyphens=False)]


def _value(action: argparse.Action) -> str:
    return f"\\fI{escaped(str(action.metavar or '|'.join(map(str, action.choices or [action.dest.upper()]))))}\\fR"


def _usage(action: argparse.Action) -> str:
    value = _value(action)
    return {"+": f"{value} ...", "*": f"[{value} ...]", "?": f"[{value}]"}.get(str(action.nargs), value)


def _term(action: argparse.Action) -> str:
    if not action.option_strings:
        return _value(action)
    names = ", ".join(f"\\fB{escaped(option)}\\fR" for option in action.option_strings)
    return names if action.nargs == 0 else f"{names} {_value(action)}"


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
