"""Outputs made safe without their actors: by the daemon as its last resort, and by `pilotage safe`. Nothing heavy is imported.

One output after the other, heaters first, each in a thread of its own: whatever one does, the next is tried, and the whole is bounded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from actors.bench.buses import BusPath
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

    def bus(self, path: BusPath | None) -> tuple[Any, Callable[[], object]]:
        """Return a new way to an I2C bus (None: the bench's own), and how to let go of it."""

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
    wiring = Wiring(
        **{key: entry[key] for key in _WIRING},
        channel=entry.get("channel"),
        full_scale=entry.get("full_scale"),
        where=str(entry.get("where")).partition(".")[0],
    )
    kind: Any = ACTUATOR_DRIVER_REGISTRY[entry["driver"]]
    if wiring.address is None:
        return float(kind(hardware.gpio(), wiring).apply(entry["safe"]))
    bus, close = hardware.bus(None if entry.get("bus") is None else BusPath(*entry["bus"]))
    try:
        return float(kind(None, wiring, bus).apply(entry["safe"]))
    finally:
        with suppress(Exception):
            close()


class OfRig:
    """What a daemon stands on already; it has no second way to the pins."""

    def __init__(self, rig: Any) -> None:
        """Stand on a `supervisor.rig.rig.Rig`."""
        self._rig = rig

    def gpio(self) -> Any:
        """Return the way that the actors use."""
        return self._rig.gpio

    def bus(self, path: BusPath | None) -> tuple[Any, Callable[[], object]]:
        """Open another way to the bus."""
        access = self._rig.access(path)
        return access.bus, access.close

    def hung(self) -> None:
        """Do nothing."""


class OfList:
    """What the outputs stand on, as the list says; a new way to the pins for who comes after somebody that hangs."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._opened: list[Any] = []
        self._gpio: Any = None

    def gpio(self) -> Any:
        """Return the way that is open, or open one."""
        if self._gpio is None:
            self._gpio = _gpio(self._document)
            self._opened.append(self._gpio)
        return self._gpio

    def bus(self, path: BusPath | None) -> tuple[Any, Callable[[], object]]:
        """Open another way to the bus."""
        from actors.hardware.i2c.muxed import linux_bus

        bus = linux_bus(path or BusPath(self._document["bus"]))
        return bus, bus.close

    def hung(self) -> None:
        """Have the next output use another way."""
        self._gpio = None

    def close(self) -> None:
        """Let go of the pins."""
        for gpio in self._opened:
            with suppress(Exception):
                gpio.close()


def _gpio(document: Mapping[str, Any]) -> Any:
    if document["backend"] == "kernel":
        from actors.hardware.kernel.in_process import PinsHere

        return PinsHere(document["settings"], _levels(document))
    from actors.hardware.pigpio.client import pigpiod_gpio

    return pigpiod_gpio(*document["pigpiod"], safe_pins=_levels(document))


def _levels(document: Mapping[str, Any]) -> dict[int, int]:
    outputs = [output for output in document["outputs"] if output.get("heater") and output.get("pin") is not None]
    return {output["pin"]: int(bool(output.get("active_low"))) for output in outputs}
