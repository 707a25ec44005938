"""A daemon on an emulated pigpiod, as a real one on a Raspberry Pi: a heater, an active-low heater, a fan, and no sensor."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from actors.hardware.pigpio.lease_script import text_of
from supervisor.configuration import load
from supervisor.rig.safe_list import contents, write
from tests.actors.gateway.peer import Peer, pi
from tests.e2e.daemon import Daemon
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator

HEATER, LOW_HEATER, FAN = 23, 24, 18
BY_LEASE = 2.5
"""Seconds within which a lease switches a heater off."""
BUSY = 3.0
"""Seconds that a busy test machine may add to any limit."""
SAFE = {HEATER: 0.0, LOW_HEATER: 1.0}
"""What the heaters' pins do when they are off."""
BENCH = """
ACTUATORS_CONFIG = [
    {"pin": 18, "name": "ventilateur", "driver": "PWM", "units": "%", "min": 0, "max": 255, "pwm_frequency": 25000},
    {"pin": 23, "name": "resistance", "driver": "PWM", "units": "%", "min": 0, "max": 255, "pwm_frequency": 100},
    {"pin": 24, "name": "chauffage", "driver": "DIGITAL", "units": "", "min": 0, "max": 1, "active_low": True},
]
SENSORS_CONFIG = {}
"""


def hardware(folder: Path, emulator: Emulator, text: str = BENCH, **more: str) -> Daemon:
    """Start `pilotage run --hardware` on the emulated pigpiod."""
    path = folder / "config.py"
    path.write_text(text, encoding="utf-8")
    settings: Any = {"PIGPIO_ADDR": "127.0.0.1", "PIGPIO_PORT": str(emulator.port), "RUNTIME_DIRECTORY": str(folder)} | more
    return Daemon(folder, "--hardware", "--config", str(path), **settings)


def duty(emulator: Emulator, pin: int = HEATER) -> float:
    """Return what the pin really does."""
    value = emulator.pin(pin)["duty"]
    assert isinstance(value, float)
    return value


def is_off(emulator: Emulator) -> bool:
    """Return whether both heaters are."""
    return all(duty(emulator, pin) == level for pin, level in SAFE.items())


@contextmanager
def heating(folder: Path, emulator: Emulator) -> Iterator[Daemon]:
    """A daemon whose heaters and fan are on."""
    with hardware(folder, emulator) as daemon:
        with Peer(daemon.ready().endpoint) as peer:
            assert [peer.value(pi(pin, value)) for pin, value in ((HEATER, 128), (LOW_HEATER, 1), (FAN, 200))] == [128, 1, 200]
        assert (duty(emulator, HEATER), duty(emulator, LOW_HEATER)) == (0.5015, 0.0)
        yield daemon


def killed(folder: Path, emulator: Emulator) -> None:
    """Leave behind what a daemon leaves that was killed under heat a moment ago, without starting one."""
    path = folder / "config.py"
    path.write_text(BENCH, encoding="utf-8")
    reach = {"backend": "pigpio", "pigpiod": ["127.0.0.1", emulator.port]}
    document = contents(load(path), reach, [f"pigpiod-localhost-{emulator.port}"])
    write(document, {"RUNTIME_DIRECTORY": str(folder)})
    for pin, level in SAFE.items():
        emulator.board.write(pin, 1 - int(level))
        emulator.scripts.start(emulator.scripts.store(text_of(pin, int(level))), [600, 0])
    emulator.board.hp(FAN, 25_000, 800_000)


def seconds_until(condition: Callable[[], object], what: str, patience: float = 10.0) -> float:
    """Return how long it takes until `condition` holds."""
    begun = time.monotonic()
    eventually(condition, what, patience)
    return time.monotonic() - begun


def state_of(process: int) -> str:
    """Return the kernel's letter for the state of a process."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]


POSIX = os.name == "posix" and Path("/proc/self/stat").exists()
