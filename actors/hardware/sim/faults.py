"""Faults on demand: what can be broken, and the board on which the broken things are pinned."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from actors.core.clock import Clock
from actors.errors import RefusedError
from actors.hardware.sim.chips.base import os_error
from actors.hardware.sim.kinds import BUS, CHIP, DEVICE, FAULT_KINDS, GARBAGE, MUX, OUTPUT, PIGPIOD, Kind, fitting

__all__ = [
    "BUS",
    "CHIP",
    "DEVICE",
    "FAULT_KINDS",
    "GARBAGE",
    "MUX",
    "OUTPUT",
    "PIGPIOD",
    "FaultBoard",
    "Injected",
    "Kind",
    "checked",
    "did_you_mean",
    "once",
]

ADAPTER_TIMEOUT = 0.1
"""Seconds a transfer on a stuck bus takes, the bus held: the adapter time-out as lowered by us."""
_SLICE = 0.01  # s, how soon a bounded wait notices that its fault was cleared


class Injected:
    """One fault at work. `released` is set as soon as it is cleared or replaced."""

    def __init__(self, kind: str, options: Mapping[str, Any], on_clear: Callable[[], None] | None = None) -> None:
        self.kind = kind
        self.options = options
        self.on_clear = on_clear
        self.remaining: int | None = options.get("times")
        self.rate: float = options.get("rate", 1.0)
        self.released = threading.Event()


class FaultBoard:
    """The faults at work, at most one per target. Thread-safe; costs nothing while there is none."""

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable faults, not a secret
        self.active: dict[Hashable, Injected] = {}  # others may look whether there are any
        self._lock = threading.Lock()

    def inject(self, target: Hashable, injected: Injected) -> None:
        """Put a fault on `target`; one that was there is cleared first."""
        self.clear(target)
        with self._lock:
            self.active[target] = injected

    def clear(self, target: Hashable) -> None:
        """Take the fault off `target`, if any; whoever it blocks goes on."""
        with self._lock:
            injected = self.active.pop(target, None)
        self._release(injected)

    def clear_all(self) -> None:
        """Take every fault off."""
        for target in tuple(self.active):
            self.clear(target)

    def on(self, target: Hashable) -> str | None:
        """Return the kind of fault on `target`, or None."""
        injected = self.active.get(target)
        return injected.kind if injected else None

    def hit(self, target: Hashable) -> Injected | None:
        """Return the fault that this one call must suffer, or None; counts `times` and rolls the dice of `rate`."""
        if not self.active:
            return None
        with self._lock:
            injected = self.active.get(target)
            if injected is None or (injected.rate < 1.0 and self._random.random() >= injected.rate):
                return None
            if injected.remaining is None:
                return injected
            if injected.remaining > 0:
                injected.remaining -= 1
                return injected
            del self.active[target]
        self._release(injected)
        return None

    def wait(self, injected: Injected, seconds: float | None = None) -> bool:
        """Block until `injected` is cleared (True), or for `seconds` of the clock (False)."""
        if seconds is None:
            return injected.released.wait()
        until = self._clock.monotonic() + seconds
        while not injected.released.is_set():
            left = until - self._clock.monotonic()
            if left <= 0.0:
                return False
            self._clock.sleep(min(_SLICE, left))
        return True

    def suffer(self, target: Hashable, errors: Mapping[str, int], dip: Callable[[], None]) -> Injected | None:
        """Wait or raise OSError as the fault on `target` wants; return it if it spoils the bytes read.

        `errors` are the errnos of those kinds that end a transfer, `dip` lets the supply dip.
        """
        while (injected := self.hit(target)) is not None:
            options = injected.options
            match injected.kind:
                case "garbage":
                    return injected
                case "hang":
                    self.wait(injected)
                    continue
                case "slow":
                    self.wait(injected, options["delay"])
                    return None
                case "timeout" | "stuck" as kind:
                    if self.wait(injected, options["seconds"] if kind == "timeout" else ADAPTER_TIMEOUT):
                        continue
                case "brown_out":
                    dip()
                    return None
                case kind if kind not in errors:
                    return None
            raise os_error(errors[injected.kind])
        return None

    def garbage(self, variant: str, length: int) -> bytes:
        """Return `length` bytes that mean nothing."""
        if variant == "ones":
            return b"\xff" * length
        return bytes(length) if variant == "zeros" else self._random.randbytes(length)

    @staticmethod
    def _release(injected: Injected | None) -> None:
        if injected is None:
            return
        if injected.on_clear is not None:
            injected.on_clear()
        injected.released.set()


def once(kind: str, options: Mapping[str, Any]) -> bool:
    """Return whether it is over as soon as it has happened: a single dip of the supply."""
    return kind == "brown_out" and options["rate"] >= 1.0 and options["times"] is None


def checked(kind: str, target: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full options of a fault, or raise RefusedError saying what is allowed."""
    known = FAULT_KINDS.get(kind)
    if known is None or target not in known.targets:
        raise RefusedError("unknown_fault", f"no fault {kind!r} for a {target}{did_you_mean(kind, fitting(target))}")
    for name, value in options.items():
        if name not in known.options:
            raise RefusedError("unknown_option", f"fault {kind!r} has no option {name!r}{did_you_mean(name, list(known.options))}")
        good, allowed = _RULES.get(name, (lambda _: True, ""))
        if not good(value):
            raise RefusedError("bad_option", f"option {name!r} of fault {kind!r} must be {allowed}, not {value!r}")
    return {**known.options, **options}


def _number(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and low <= value <= high


def _whole(value: object, low: float, high: float = math.inf) -> bool:
    return isinstance(value, int) and _number(value, low, high)


_RULES: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "seconds": (lambda value: _number(value, 0.0), "a number of seconds, 0 or more"),
    "delay": (lambda value: _number(value, 0.0), "a number of seconds, 0 or more"),
    "degrees": (_number, "a number of °C"),
    "rate": (lambda value: _number(value, 0.0, 1.0), "a probability, 0..1"),
    "times": (lambda value: value is None or _whole(value, 1), "a whole number, 1 or more"),
    "level": (lambda value: value is None or _whole(value, 0, 1), "0 or 1"),
    "variant": (lambda value: value in GARBAGE, f"one of {', '.join(GARBAGE)}"),
}


def did_you_mean(word: str, known: list[str]) -> str:
    """Return the tail of a refusal: the likeliest word meant, or all there are."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(known)}" if known else "; there are none"
