"""Outputs made safe without their actors: the one way of the daemon's last resort and of `pilotage safe`. Nothing heavy is imported.

One output after the other, heaters first, each in a thread of its own: whatever one does, the next is tried, and the whole is bounded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from actors.drivers import ACTUATOR_DRIVER_REGISTRY
from actors.drivers.base import Wiring
from actors.errors import PilotageError

Entry = Mapping[str, Any]
"""An output as `supervisor.rig.safe_list` writes it down."""
_WIRING: Final = ("pin", "address", "frequency", "min", "max", "active_low")


class Hardware(Protocol):
    """What the outputs stand on. May be called from any thread, and may raise or hang."""

    def gpio(self) -> Any:
        """Return the way to the pins."""

    def bus(self) -> tuple[Any, Callable[[], object]]:
        """Return a new way to the I2C bus, and how to let go of it."""

    def hung(self) -> None:
        """Note that somebody did not come back, and may hold what `gpio` returned."""


@dataclass(slots=True)
class Attempt:
    """One output: what it reads back at its safe value, or the `error`; neither, if it did not come back in time."""

    entry: Entry
    value: float | None = None
    error: BaseException | None = None
    thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def under_way(self) -> bool:
        """Whether a thread is inside the hardware."""
        return self.thread is not None and self.thread.is_alive()

    @property
    def trouble(self) -> str:
        """What is wrong in words; "" for an output that is safe."""
        if self.value is not None:
            return ""
        match self.error:
            case None:
                return "no answer in time"
            case PilotageError():
                return f"{self.error.message} [{self.error.code}]"
            case OSError():
                return str(self.error.strerror or self.error)
            case KeyError() if self.error.args[0] in (*_WIRING, "driver", "safe"):
                return f"it was not written down with its {self.error.args[0]}"
            case _:
                return f"a fault of this program: {type(self.error).__name__}: {self.error}"


def order(entry: Entry) -> tuple[bool, bool]:
    """Return what sorts the outputs: pins before the bus, which is slow; heaters before everything else there."""
    return entry.get("pin") is None, not entry.get("heater")


def make_safe(entries: Iterable[Entry], hardware: Hardware, tell: Callable[[Attempt], object], seconds: float) -> list[Attempt]:
    """Send every output to its safe value within `seconds` for all together; `tell` of each as soon as it is known how it went.

    Never raises. Each has its share of the time that is left, so that one that hangs leaves enough for the others.
    """
    attempts = [Attempt(entry) for entry in sorted(entries, key=order)]
    end, late = time.monotonic() + seconds, []
    for number, attempt in enumerate(attempts):
        _begin(attempt, hardware)
        _wait(attempt, (end - time.monotonic()) / (len(attempts) - number))
        if attempt.under_way:
            late.append(attempt)
            with suppress(Exception):
                hardware.hung()
        else:
            _tell(tell, attempt)
    for attempt in late:
        _wait(attempt, end - time.monotonic())
        _tell(tell, attempt)
    return attempts


def bounded(act: Callable[[], object], seconds: float) -> bool:
    """Run `act` in a thread of its own for at most `seconds`; return whether it has ended."""
    helper = threading.Thread(target=act, name="last-resort", daemon=True)
    helper.start()
    helper.join(seconds)
    return not helper.is_alive()


def _begin(attempt: Attempt, hardware: Hardware) -> None:
    attempt.thread = threading.Thread(target=_try, args=(attempt, hardware), name="make-safe", daemon=True)
    try:
        attempt.thread.start()
    except RuntimeError:  # no thread is to be had: then without a bound
        attempt.thread = None
        _try(attempt, hardware)


def _wait(attempt: Attempt, seconds: float) -> None:
    if attempt.thread is not None:
        attempt.thread.join(max(seconds, 0.0))


def _tell(tell: Callable[[Attempt], object], attempt: Attempt) -> None:
    with suppress(Exception):  # nobody may be listening any more
        tell(attempt)


def _try(attempt: Attempt, hardware: Hardware) -> None:
    try:
        attempt.value = _driven(attempt.entry, hardware)
    except BaseException as error:  # noqa: BLE001 - the next output must be tried, whatever a driver or a library raises
        attempt.error = error


def _driven(entry: Entry, hardware: Hardware) -> float:
    """Drive one output to its safe value and return the read-back. Raises whatever its driver raises."""
    wiring = Wiring(*(entry[key] for key in _WIRING))
    kind: Any = ACTUATOR_DRIVER_REGISTRY[entry["driver"]]
    if wiring.address is None:
        return float(kind(hardware.gpio(), wiring).apply(entry["safe"]))
    bus, close = hardware.bus()
    try:
        return float(kind(None, wiring, bus).apply(entry["safe"]))
    finally:
        with suppress(Exception):
            close()
