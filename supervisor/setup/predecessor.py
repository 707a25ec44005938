"""The program that ran here before, under a unit of the same name: a Python with a `main.py`, and a `config.py` beside it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from supervisor.setup.host import Host

UNIT: Final = "/etc/systemd/system/pilotage.service"
PACKAGED: Final = "/usr/lib/systemd/system/pilotage.service"
"""That of the package for Debian, which UNIT stands before."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """Its unit, what it runs, and the bench's file beside that, None where there is none."""

    unit: str
    main: str
    config: str | None


def find(host: Host) -> Predecessor | None:
    """Return the predecessor that is installed, if any: our own unit runs `pilotage run`, never a `main.py`."""
    path = host.path(UNIT)
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8", errors="replace")
    folder = _value(text, "WorkingDirectory") or "/"
    main = next((word for word in _words(_value(text, "ExecStart")) if PurePosixPath(word).name == "main.py"), None)
    if main is None:
        return None
    main = str(PurePosixPath(folder) / main)
    places = [str(PurePosixPath(main).parent / "config.py"), str(PurePosixPath(folder) / "config.py")]
    return Predecessor(UNIT, main, next((place for place in places if host.path(place).is_file()), None))


def is_foreign(host: Host) -> bool:
    """Return whether a unit of our name is there that is neither ours nor the predecessor's."""
    path = host.path(UNIT)
    if not path.is_file() or find(host) is not None:
        return False
    return "pilotage run" not in path.read_text(encoding="utf-8", errors="replace")


def _value(text: str, key: str) -> str:
    """Return the last value of `key` in a unit file; a line that ends in a backslash goes on."""
    lines = text.replace("\\\n", " ").splitlines()
    values = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == key]
    return values[-1] if values else ""


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command.lstrip("-@:+!"))
    except ValueError:
        return command.split()
