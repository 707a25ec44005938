"""The settings of a Raspberry Pi's firmware, `config.txt`: what is in it, and which line is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from actors.hardware.machine import is_raspberry_pi
from supervisor.setup.host import Host

PLACES: Final = ("/boot/firmware/config.txt", "/boot/config.txt")
"""Bookworm and later, and before."""
MODEL: Final = "/proc/device-tree/model"
_ON: Final = {"", "on", "1", "yes", "true", "y"}


def model(host: Host) -> str:
    """Return the name of the board, "" where the machine has no device tree."""
    try:
        return host.path(MODEL).read_bytes().rstrip(b"\0").decode("utf-8", "replace")
    except OSError:
        return ""


def is_pi(host: Host) -> bool:
    """Return whether this is a Raspberry Pi."""
    return is_raspberry_pi(host.path(MODEL))


def is_five(host: Host) -> bool:
    """Return whether this is a Raspberry Pi 5, whose overlays have other names (overlays/README)."""
    return model(host).startswith(("Raspberry Pi 5", "Raspberry Pi Compute Module 5"))


def has_line(host: Host, beginning: str) -> bool:
    """Return whether a line of `config.txt` begins with this."""
    return any(line.startswith(beginning) for line in _lines(host.path(place(host))))


def place(host: Host) -> str:
    """Return where `config.txt` is on this machine."""
    return next((name for name in PLACES if host.path(name).is_file()), PLACES[0])


def has_parameter(host: Host, name: str) -> bool:
    """Return whether `dtparam=name` is set, and not switched off later."""
    found = False
    for line in _lines(host.path(place(host))):
        if line.startswith("dtparam="):
            for wish in line.removeprefix("dtparam=").split(","):
                key, _, value = wish.strip().partition("=")
                if key == name:
                    found = value.strip().lower() in _ON
    return found


def add(host: Host, line: str) -> tuple[str, ...]:
    """Return what to type so that `config.txt` has `line` and the firmware has read it."""
    return (f"echo {line} | sudo tee -a {place(host)}", "sudo reboot")


def lines_of(remedies: Iterable[str]) -> list[str]:
    """Return the lines that `remedies` put into `config.txt`: what `add` was given for each."""
    found = (re.fullmatch(r"echo (.+) \| sudo tee -a \S+/config\.txt", text) for text in remedies)
    return list(dict.fromkeys(match[1] for match in found if match is not None))


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines()]
