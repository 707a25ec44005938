"""The files for systemd that come with the program, and their text with the program's own path in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from actors.bench.devices import Bench
from pilotage.here import reach

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


def pigpiod_drop_in(prefix: Path, heaters: Mapping[int, int]) -> str:
    """Return the drop-in for pigpiod with the bench's own heaters in it, pin -> level of "off"."""
    lines = []
    for line in text("pigpiod.service.d/pilotage.conf", prefix).splitlines():
        command, _, rest = line.partition(" set ")
        if not rest or line.startswith("#"):
            lines.append(line)
        else:
            lines += [f"{command} set {pin} op {'dh' if level else 'dl'}" for pin, level in sorted(heaters.items())]
    return "\n".join(lines) + "\n"


def endpoint(bench: Bench) -> str:
    """Return where a client on this machine finds the daemon of `bench`: where that says it is, else where it would be."""
    found = reach.known(os.environ, Path(bench.source))
    if found:
        return str(found[0]["endpoint"])
    try:
        bind = ip_address(bench.bind.strip("[]"))
    except ValueError:  # all addresses, or the name of a host or of an interface
        return reach.address("127.0.0.1", bench.port)
    return reach.address(str(bind), bench.port)
