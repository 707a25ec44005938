"""Outputs made safe without their actors, which are lost, late, or not waited for. Main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import structlog

from actors import events
from actors.drivers import ACTUATOR_DRIVER_REGISTRY
from actors.drivers.base import OutputDriver, Wiring
from actors.specs import Bench, OutputSpec
from supervisor.rig import Rig

log = structlog.get_logger()

LIMIT: Final = 1.0
"""Seconds for all outputs together: a GPIO that works takes milliseconds."""


def make_safe(bench: Bench, rig: Rig, reason: str, limit: float = LIMIT) -> bool:
    """Send every output at a pin to its safe value, heaters first, then those on the bus; return whether all pins are known to be safe.

    Takes at most `limit` seconds: a thread that is still inside the hardware then is left behind.
    """
    safe: set[str] = set()
    pins = [spec for spec in bench.outputs if spec.pin is not None]

    def act() -> None:
        for spec, driver in _drivers(bench, rig):
            try:
                driver.apply(spec.safe)
            except Exception as error:  # noqa: BLE001 - the next output must be tried whatever this one does
                log.critical(events.OUTPUT_FAULT, actor=spec.id, reason=f"it is not known to be at its safe value: {error}")
            else:
                safe.add(spec.id)
                log.warning(events.OUTPUT_SAFE, actor=spec.id, reason=reason, value=spec.safe, units=spec.units)

    bounded(act, limit)
    return all(spec.id in safe for spec in pins)


def bounded(act: Callable[[], object], seconds: float) -> bool:
    """Run `act` in a thread of its own for at most `seconds`; return whether it has ended."""
    helper = threading.Thread(target=act, name="last-resort", daemon=True)
    helper.start()
    helper.join(seconds)
    return not helper.is_alive()


def _drivers(bench: Bench, rig: Rig) -> Iterator[tuple[OutputSpec, OutputDriver]]:
    for spec in sorted(bench.outputs, key=lambda spec: spec.turn):
        wiring = Wiring(spec.pin, spec.address, spec.pwm_frequency, spec.min, spec.max, spec.active_low)
        kind: Any = ACTUATOR_DRIVER_REGISTRY[spec.driver]
        if spec.address is None:
            yield spec, kind(rig.gpio, wiring)
            continue
        access = rig.access()
        yield spec, kind(rig.gpio, wiring, access.bus)
        with suppress(OSError):
            access.close()
