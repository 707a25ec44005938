"""Which pins the device tree gives to a PWM chip: the overlay's choice, which sysfs does not tell."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TREE: Final = Path("/proc/device-tree")
_WORD: Final = 4
_CONTROLLER: Final = "gpio@"
"""Pin settings are children of the GPIO controller (Documentation/devicetree/bindings/pinctrl)."""


def muxed_pins(node: Path, tree: Path = TREE) -> set[int] | None:
    """Return the pins that the device at device tree node `node` is connected to, or None where that cannot be found out.

    Its property `pinctrl-0` lists the phandles of nodes which name pins, as `brcm,pins` (numbers) or `pins` (`gpio18`).
    """
    try:
        wanted = set(_words(node / "pinctrl-0"))
        found = {pin for settings in _settings(tree) if wanted & set(_words(settings / "phandle")) for pin in _pins(settings)}
    except OSError:
        return None
    return found or None


def _settings(tree: Path) -> Iterator[Path]:
    for folder, children, _files in os.walk(tree):
        for name in [child for child in children if child.startswith(_CONTROLLER)]:
            children.remove(name)
            yield from (path for path in (Path(folder) / name).iterdir() if (path / "phandle").is_file())


def _pins(settings: Path) -> Iterator[int]:
    for node in (settings, *(path for path in settings.iterdir() if path.is_dir())):
        if (node / "brcm,pins").is_file():
            yield from _words(node / "brcm,pins")
        if (node / "pins").is_file():
            names = (node / "pins").read_bytes().decode("ascii", "replace").split("\0")
            yield from (int(number) for name in names if (number := name.removeprefix("gpio")).isdecimal())


def _words(path: Path) -> tuple[int, ...]:
    data = path.read_bytes()
    return struct.unpack(f">{len(data) // _WORD}I", data[: len(data) // _WORD * _WORD])
