"""The files for systemd that come with the program, and their text with the program's own path in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TEMPLATE_PREFIX: Final = "/opt/pilotage"
"""Where the files as they are shipped expect the program."""


def folder() -> Path:
    """Return where the files are: package data once installed, `systemd/` in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "data"
    return packaged if packaged.is_dir() else here.parents[1] / "systemd"


def text(name: str, prefix: Path) -> str:
    """Return the file `name` with the program at `prefix`."""
    content = (folder() / name).read_text(encoding="utf-8")
    return content.replace(f"{TEMPLATE_PREFIX}/bin/", f"{prefix}/bin/")


def pigpiod_drop_in(prefix: Path, heaters: dict[int, int]) -> str:
    """Return the drop-in for pigpiod with the bench's own heaters in it, pin -> level of "off"; with no heater, without that line."""
    lines = []
    for line in text("pigpiod.service.d/pilotage.conf", prefix).splitlines():
        if line.startswith("ExecStopPost="):
            command = line.partition(" set ")[0]
            lines += [f"{command} set {pin} op {'dh' if level else 'dl'}" for pin, level in sorted(heaters.items())]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
