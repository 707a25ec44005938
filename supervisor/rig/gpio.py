"""The way to the outputs of a real bench: which back end, and what it must know of the bench. Nothing is touched here."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from actors.bench.devices import Bench, OutputSpec
from actors.core import events
from actors.core.clock import Clock
from actors.drivers.base import LeasedGpio
from actors.hardware.backend import Backend, choose_backend
from actors.hardware.pigpio.lease_script import Leftover

log = structlog.get_logger()

CHIP: Final = "PILOTAGE_GPIO_CHIP"
"""The environment variable that names another GPIO chip than the header's, such as `/dev/gpiochip1`."""
PROBE: Final = 0.5
"""Seconds for a pigpiod to answer."""
LISTENS_WITHIN: Final = 3.0
"""Seconds for a pigpiod that is installed here to begin to listen: `systemctl start` returns before that."""


@dataclass(frozen=True, slots=True)
class Way:
    """A back end, where it leads, and how another process reaches the same outputs; `update` tells it of another bench."""

    gpio: LeasedGpio
    where: str
    reach: Callable[[], dict[str, Any]]
    update: Callable[[Bench], None]
    warnings: tuple[str, ...] = ()


def choose(bench: Bench, address: tuple[str, int], environ: Mapping[str, str] = os.environ) -> tuple[Backend, str]:
    """Return the back end of `bench` and the reason in a sentence; looks for a pigpiod where that matters. Raises RefusedError."""
    from actors.hardware.machine import is_raspberry_pi

    if not _has_pins(bench):
        return "pigpio", "no output is at a pin"
    return choose_backend(bench.gpio_backend, environ, lambda: _answers(address), is_raspberry_pi())


def way(bench: Bench, clock: Clock, address: tuple[str, int], backend: tuple[str, str]) -> Way:
    """Return the way to the outputs through `backend`, a name and a reason."""
    name, reason = backend
    return _kernel_way(bench, reason) if name == "kernel" else _pigpiod_way(bench, clock, address, reason)


def lock_names(bench: Bench, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return what of the GPIO `bench` must have for itself: where a pigpiod is found only later, both ways. Raises RefusedError."""
    from actors.hardware.lock import pigpiod_lock
    from actors.hardware.machine import pigpiod_address

    if not _has_pins(bench):
        return []
    wanted = bench.gpio_backend
    named = bool(environ.get("PIGPIO_ADDR") or environ.get("PIGPIO_PORT"))
    pigpiod = [pigpiod_lock(*pigpiod_address(environ))] if wanted != "kernel" else []
    kernel = ["gpio" + environ.get(CHIP, "").replace("/", "-")] if wanted == "kernel" or (wanted == "auto" and not named) else []
    return pigpiod + kernel


def heater_levels(bench: Bench) -> dict[int, int]:
    """Return the level of "off" of every heater pin: what a new connection to the GPIO must write before anything else."""
    return {spec.pin: int(spec.active_low) for spec in bench.outputs if spec.pin is not None and spec.leased}


def hardware_pins(bench: Bench) -> set[int]:
    """Return the pins whose PWM is too fast for a process."""
    from actors.hardware.kernel.limits import FASTEST

    outputs = [spec for spec in bench.outputs if spec.driver == "PWM" and spec.pwm_frequency is not None]
    return {spec.pin for spec in outputs if spec.pin is not None and (spec.pwm_frequency or 0.0) > FASTEST}


def line_levels(bench: Bench) -> dict[int, int]:
    """Return the safe level of every heater and of every output on a GPIO line; a fan on hardware PWM goes on, and is not in it."""
    fast = hardware_pins(bench)
    lines = {spec.pin: _level(spec) for spec in bench.outputs if spec.pin is not None and spec.pin not in fast}
    return lines | heater_levels(bench)


def report_leftover(leftover: Leftover) -> None:
    """Record a lease script of an earlier life, or of an earlier connection, that was removed. Any thread."""
    log.info(events.LEASE_REMOVED, pin=f"GPIO{leftover.pin}", count=leftover.trips)


def _has_pins(bench: Bench) -> bool:
    return any(output.pin is not None for output in bench.outputs)


def _level(spec: OutputSpec) -> int:
    on = spec.safe > 0 and spec.safe >= (spec.min + spec.max) / 2
    return int(on != spec.active_low)


def _answers(address: tuple[str, int]) -> bool:
    from actors.hardware.pigpio.client import connect

    until = time.monotonic() + (LISTENS_WITHIN if shutil.which("pigpiod") else 0.0)
    while True:
        try:
            pi = connect(*address, PROBE)
        except (OSError, ImportError):
            if time.monotonic() >= until:
                return False
            time.sleep(0.1)
        else:
            with suppress(Exception):
                pi.stop()
            return True


def _pigpiod_way(bench: Bench, clock: Clock, address: tuple[str, int], reason: str) -> Way:
    from actors.hardware.pigpio.client import pigpiod_gpio

    gpio = pigpiod_gpio(*address, safe_pins=heater_levels(bench), clock=clock, on_leftover=report_leftover)
    return Way(
        gpio,
        f"pigpiod at {address[0]}:{address[1]}, because {reason}",
        lambda: {"backend": "pigpio", "pigpiod": list(address)},
        lambda changed: gpio.set_safe_pins(heater_levels(changed)),
    )


def _kernel_way(bench: Bench, reason: str) -> Way:
    from actors.hardware.kernel.client import KernelGpio
    from actors.hardware.kernel.released import released

    gpio = KernelGpio(hardware_pins=hardware_pins(bench), safe_pins=line_levels(bench), chip=os.environ.get(CHIP) or None)
    left = released()
    return Way(
        gpio,
        f"the kernel, because {reason}",
        lambda: {"backend": "kernel", "settings": gpio.settings},
        lambda changed: gpio.set_pins(hardware_pins(changed), line_levels(changed)),
        (left.reason,) if heater_levels(bench) and not left.strict else (),
    )
