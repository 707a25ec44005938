"""The kinds of fault as a table, for `pilotage fault --help`; `python -m supervisor.cli.fault_kinds` prints it for its page in docs/."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import Final

from actors.hardware.sim.kinds import BUS, CHIP, DEVICE, FAULT_KINDS, MUX, OUTPUT, PIGPIOD, Kind

TARGETS: Final = {CHIP: "a sensor", BUS: "bus", PIGPIOD: "pigpiod", OUTPUT: "an output", MUX: "a multiplexer", DEVICE: "a sensor"}
_KIND: Final = 13
_WIDTH: Final = 78


def as_text() -> str:
    """Return the kinds as a help text shows them, with what each is for and its options."""
    return "\n".join(line for name, kind in FAULT_KINDS.items() for line in _entry(name, kind))


def as_table() -> str:
    """Return the kinds as a table in Markdown."""
    rows = ["| kind | of | what happens | options |", "| --- | --- | --- | --- |"]
    for name, kind in FAULT_KINDS.items():
        options = ", ".join(f"`--{option}`" for option in kind.options)
        rows.append(f"| `{name}` | {_of(kind)} | {kind.text} | {options} |")
    return "\n".join(rows) + "\n"


def _entry(name: str, kind: Kind) -> Iterator[str]:
    options = f"; {', '.join(f'--{option}' for option in kind.options)}" if kind.options else ""
    lines = textwrap.wrap(f"{kind.text} [{_of(kind)}{options}]", _WIDTH - _KIND - 4, break_on_hyphens=False)
    yield f"    {name:<{_KIND}}{lines[0]}"
    yield from (f"    {'':<{_KIND}}{line}" for line in lines[1:])


def _of(kind: Kind) -> str:
    return ", ".join(dict.fromkeys(TARGETS[target] for target in kind.targets))


if __name__ == "__main__":
    sys.stdout.write(as_table())
