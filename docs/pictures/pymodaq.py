"""Draws what PyMoDAQ shows: the settings to type, and the curves of two simulated benches, from PyMoDAQ itself, off screen.

`python3 dev.py pictures pymodaq`, which makes an environment with PyMoDAQ once; takes about a minute.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.pymodaq.hands import PyMoDAQ
from tests.pymodaq.laboratory import Laboratory

FOLDER: Final = Path(__file__).parent
SHOWN: Final = {"host": "192.168.1.10", "port": 12300}
"""The coordinator of docs/use/leco.md, which the picture of the settings names."""


def main() -> None:
    """Let two benches live, then draw."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        tempfile.TemporaryDirectory() as home,
        Laboratory(Path(one), "bench1", None, "--speed", "5") as first,
        Laboratory(Path(two), "bench2", first.coordinator, "--speed", "5") as second,
        PyMoDAQ(sys.argv[1], Path(home)) as pymodaq,
    ):
        for name, actor in (("first", "bench1_t_resistance"), ("second", "bench2_t_resistance")):
            pymodaq.module("viewer", name, actor, first.coordinator.port)
            pymodaq.ask(name, "grab")
        pymodaq.module("mover", "mover", "bench1_resistance", first.coordinator.port)
        time.sleep(5)
        pymodaq.ask("mover", "move", 60.0)
        second.client.set("resistance", 120.0)
        time.sleep(12)
        for name in ("first", "second"):
            pymodaq.ask(name, "picture", str(FOLDER / f"pymodaq-{name}.png"), 760, 300)
        for name, kind, actor in (("first", "viewer", "bench1_t_resistance"), ("mover", "mover", "bench1_resistance")):
            pymodaq.ask(name, "init", False)  # noqa: FBT003 - the button is pressed once more
            pymodaq.ask(name, "set", {"actor_name": actor, **SHOWN})
            pymodaq.ask(name, "settings", str(FOLDER / f"pymodaq-{kind}.png"), 400, 215)


if __name__ == "__main__":
    main()
