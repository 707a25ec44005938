"""A bench of fake lines with the real output process on it, and a look at what the lines do."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actors.hardware.kernel.client import KernelGpio
from tests.fakes import eventually

FAKE = Path(__file__).with_name("fake")
HEATER, RELAY, FAN = 23, 24, 18
SOON = 2.0
"""Seconds: far more than it takes on a machine that has time, where it is a tenth."""


class Rig:
    """The lines of one fake chip, seen from outside, and a client to drive them. `relay` is safe at 1."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder = folder
        (folder / "gpiochip0").write_text("pinctrl-rp1")
        self.gpio = KernelGpio(**{**client_settings(folder), **more})

    def level(self, pin: int) -> int:
        """Return what the pin does now, also when nobody drives it any more."""
        with contextlib.suppress(OSError):  # there is none
            while not (text := (self.folder / str(pin)).read_text()):
                pass  # it is being written
            return int(text)
        return -1

    def edges(self, pin: int) -> list[tuple[float, int]]:
        """Return every level the pin was set to, with its time."""
        lines = [line.split() for line in (self.folder / "edges").read_text().splitlines()]
        return [(float(when), int(level)) for when, number, level in lines if int(number) == pin]

    def fault(self, pin: int, **what: int) -> None:
        (self.folder / f"{pin}.fault").write_text(json.dumps(what))

    def within(self, pin: int, level: int, seconds: float) -> float:
        """Wait for the level and return after how many seconds it was there."""
        began = time.monotonic()
        eventually(lambda: self.level(pin) == level, f"GPIO{pin} at {level}", seconds)
        return time.monotonic() - began

    def pid(self) -> int:
        """Return the worker that lives at the moment."""
        eventually(lambda: self.gpio._link._life is not None, "a ready output process")
        return pid_of(self.gpio)


def pid_of(gpio: KernelGpio) -> int:
    life = gpio._link._life
    assert life is not None
    return life.worker


def client_settings(folder: Path) -> dict[str, Any]:
    environ = {**os.environ, "PYTHONPATH": str(FAKE)}
    return {"safe_pins": {HEATER: 0, RELAY: 1}, "chip": str(folder / "gpiochip0"), "environ": environ}


@contextlib.contextmanager
def rig(folder: Path, **more: Any) -> Iterator[Rig]:
    made = Rig(folder, **more)
    try:
        yield made
    finally:
        made.gpio.close()


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process stand still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
