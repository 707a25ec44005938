"""What machine this is: where its I2C bus and its pigpiod are, and whether a bench on it can be a real one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from actors.errors import RefusedError

Mode = Literal["simulated", "hardware"]

PIGPIOD_PORT: Final = 8888
"""pigpiod's default port."""
MODEL: Final = Path("/proc/device-tree/model")
"""Where a kernel that was given a device tree names the board."""
_MAX_PORT: Final = 65535


def bus_node(bus_id: int, devices: Path = Path("/dev")) -> str:
    """Return the path of I2C bus `bus_id`."""
    return str(devices / f"i2c-{bus_id}")


def other_buses(node: str) -> list[str]:
    """Return the nodes of the other I2C buses of this machine, beside that of `node`."""
    nodes = [path for path in Path(node).parent.glob("i2c-*") if path.name.removeprefix("i2c-").isdecimal() and str(path) != node]
    return [str(path) for path in sorted(nodes, key=lambda path: int(path.name.removeprefix("i2c-")))]


def is_raspberry_pi(model: Path = MODEL) -> bool:
    """Return whether this is a Raspberry Pi, of any kind, by the name its device tree gives."""
    try:
        return model.read_bytes().startswith(b"Raspberry Pi")
    except OSError:
        return False


def choose_mode(simulate: bool | None, buses: Sequence[int], *, devices: Path = Path("/dev"), model: Path = MODEL) -> Mode:
    """Return what the bench runs on: what was asked for (`simulate` True or False), else what the machine offers.

    Left open (None), a bench is simulated only where there is neither one of these bus nodes nor a Raspberry Pi around it: a Pi whose
    cable fell out serves errors. For a bench of outputs alone, without `buses`, a bus node proves nothing; a Pi does, and
    so does a pigpiod named by PIGPIO_ADDR or PIGPIO_PORT.
    """
    if simulate is not None:
        return "simulated" if simulate else "hardware"
    named = bool(os.environ.get("PIGPIO_ADDR") or os.environ.get("PIGPIO_PORT"))
    real = any(Path(bus_node(bus, devices)).exists() for bus in buses) if buses else named
    return "hardware" if real or is_raspberry_pi(model) else "simulated"


def pigpiod_address(environ: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Return host and port of pigpiod: PIGPIO_ADDR and PIGPIO_PORT, as its users know them, else localhost and 8888.

    Raises RefusedError `bad_setting` for a port that is none.
    """
    port = environ.get("PIGPIO_PORT") or str(PIGPIOD_PORT)
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= _MAX_PORT):
        raise RefusedError("bad_setting", f"PIGPIO_PORT is {port[:40]!r}; a port is a whole number from 1 to {_MAX_PORT}")
    return environ.get("PIGPIO_ADDR") or "localhost", int(port)


def pigpiod_hosts(host: str) -> tuple[str, ...]:
    """Return the names to try for `host`, in order: a pigpiod started with `-l` listens on ::1 alone, with `-n 127.0.0.1` on that."""
    return ("localhost", "::1", "127.0.0.1") if host in {"", "localhost"} else (host,)
