"""How many files a newcomer opens to follow one set-point: those through whose hands it goes, as a real one is seen to go."""

import traceback
from pathlib import Path
from typing import Any

import pytest

from actors.core.mailbox import Letter
from actors.gateway import actor as gateway
from actors.gateway.poller import Frames
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from actors.messages import SetPoint
from tests.actors.gateway.peer import pi
from tests.actors.gateway.whole import Whole
from tests.project.sources import ROOT

MOST = 9
BESIDE = ("actors/core/", "actors/hardware/sim/", "tests/")
"""What every actor is made of, and what stands where the hardware is."""


class Way:
    """The files that are at work whenever the set-point is handed on."""

    def __init__(self) -> None:
        self.files: set[str] = set()

    def stop(self, file: str) -> None:
        """Note whose hands it is in now, and whose it comes into."""
        for found in [file, *(frame.filename for frame in traceback.extract_stack())]:
            path = Path(found)
            if path.is_relative_to(ROOT) and not (name := path.relative_to(ROOT).as_posix()).startswith((*BESIDE, ".venv")):
                self.files.add(name)


def handed_on(way: Way, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, *, only: type | None = None) -> None:
    """Note each call of `where.name`; with `only`, those that are given such a message."""
    does = getattr(where, name)

    def seen(*arguments: Any, **more: Any) -> Any:
        if only is None or any(isinstance(each, only) for each in arguments):
            way.stop(does.__code__.co_filename)
        return does(*arguments, **more)

    monkeypatch.setattr(where, name, seen)


def test_a_set_point_goes_from_the_socket_to_the_pin_through_nine_files(monkeypatch: pytest.MonkeyPatch) -> None:
    with Whole() as whole:
        peer = whole.running().peer().introduce()
        assert peer.value(pi(18, 50)) == 50
        way = Way()
        with monkeypatch.context() as patched:
            handed_on(way, patched, Frames, "__init__")
            handed_on(way, patched, gateway, "decode")
            handed_on(way, patched, Letter, "__init__", only=SetPoint)
            handed_on(way, patched, SimulatedPigpio, "hardware_PWM")
            assert peer.value(pi(18, 100)) == 100
    files = sorted(way.files)
    assert {"actors/gateway/writes.py", "actors/hardware/pigpio/gpio.py"} <= way.files, "it was followed to the pin"
    assert len(files) <= MOST, "\n".join(files)
