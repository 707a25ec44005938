"""The daemon's own last resort: outputs made safe without their actors, which are lost, late, or not waited for. Main thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog

from actors.bench.devices import OutputSpec
from actors.core import events
from supervisor.rig.rig import Rig
from supervisor.rig.safe_list import entry_of
from supervisor.rig.without_actors import Attempt
from supervisor.rig.without_actors import make_safe as without_actors

log = structlog.get_logger()

LIMIT: Final = 1.0
"""Seconds for all outputs together: a GPIO that works takes milliseconds."""


class _Under:
    """What the daemon stands on already; it has no second way to the pins."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def gpio(self) -> Any:
        return self._rig.gpio

    def bus(self) -> tuple[Any, Callable[[], object]]:
        access = self._rig.access()
        return access.bus, access.close

    def hung(self) -> None:
        return


def make_safe(outputs: Iterable[OutputSpec], rig: Rig, reason: str, limit: float = LIMIT) -> bool:
    """Send every output to its safe value, heaters first; return whether all pins are known to be safe. Never raises.

    Takes at most `limit` seconds: a thread that is still inside the hardware then is left behind.
    """
    units = {spec.id: spec.scale for spec in outputs}

    def tell(attempt: Attempt) -> None:
        name = attempt.entry["id"]
        if attempt.trouble:
            log.critical(events.OUTPUT_FAULT, actor=name, reason=f"it is not known to be at its safe value: {attempt.trouble}")
        else:
            log.warning(events.OUTPUT_SAFE, actor=name, reason=reason, value=attempt.value, units=units[name])

    attempts = without_actors(map(entry_of, outputs), _Under(rig), tell, limit)
    return not any(attempt.trouble for attempt in attempts if attempt.entry["pin"] is not None)
