"""Outputs made safe by a process that is no daemon: what `pilotage safe` does once it has a list. Nothing heavy is imported here.

It runs after the daemon has ended in whatever way, so it relies on nothing that the daemon did, and everything it does is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from actors.drivers import ACTUATOR_DRIVER_REGISTRY
from actors.drivers.base import OutputDriver, Wiring
from actors.errors import PilotageError
from actors.hardware.lock import HardwareBusy, HardwareLock
from supervisor.exits import EX_IOERR, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE

PINS: Final = 2.0
BUS: Final = 1.0
"""Seconds for all outputs at pins, and then for all on the I2C bus."""
UNREACHABLE: Final = frozenset({"gpio_unavailable", "gpio_no_chip", "gpio_no_library", "gpio_no_permission", "no_adapter", "no_permission"})
_KILLED: Final = 1 << 8
"""SIGKILL among pending signals (`man 5 proc`, ShdPnd)."""

Say = Callable[[str], object]


def make_safe(document: Mapping[str, Any], say: Say, proc: Path = Path("/proc")) -> tuple[int, bool]:
    """Make every output of a list safe, heaters first; return the exit code and whether no thread was left inside the hardware.

    Nothing is touched while another daemon holds this hardware: it is not ours to switch off, and `pilotage off` does it. A holder that
    was killed and cannot end, because it is stuck in a driver of the kernel, counts as gone.
    """
    lock = HardwareLock(document["locks"])
    try:
        lock.acquire()
    except HardwareBusy as busy:
        if busy.pid is None or not _was_killed(busy.pid, proc):
            say(f"left alone: {busy.message}; `pilotage off` asks that daemon")
            return EX_TEMPFAIL, True
        say(f"{busy.resource} is still held by process {busy.pid}, which was killed but cannot end")
    except PilotageError as error:
        say(error.message)
    try:
        found = [_make_safe(document, say, on_bus=False), _make_safe(document, say, on_bus=True)]
        return max(code for code, _ended in found), all(ended for _code, ended in found)
    finally:
        lock.release()


def _make_safe(document: Mapping[str, Any], say: Say, *, on_bus: bool) -> tuple[int, bool]:
    outputs = [output for output in document["outputs"] if (output["address"] is not None) == on_bus]
    if not outputs:
        return EX_OK, True
    waiting = {output["id"]: output for output in outputs}
    codes = [EX_OK]

    def act() -> None:
        for output, driver in _drivers(document, outputs):
            codes.append(_drive(output, driver, say))
            waiting.pop(output["id"])

    limit = BUS if on_bus else PINS
    ended = _bounded(act, limit)
    for output in list(waiting.values()):
        say(f"{_name(output)}: NOT KNOWN TO BE SAFE, no answer within {limit:g} s{_guarded(document, output)}")
    return (max(codes) if not waiting else EX_UNAVAILABLE), ended


def _drive(output: Mapping[str, Any], driver: OutputDriver, say: Say) -> int:
    try:
        found = driver.apply(output["safe"])
    except PilotageError as error:
        say(f"{_name(output)}: NOT KNOWN TO BE SAFE: {error.message} [{error.code}]")
        return EX_UNAVAILABLE if error.code in UNREACHABLE else EX_IOERR
    except OSError as error:
        say(f"{_name(output)}: NOT KNOWN TO BE SAFE: {error.strerror or error}")
        return EX_UNAVAILABLE
    say(f"{_name(output)}: safe, reads back {found:g}")
    return EX_OK


def _drivers(document: Mapping[str, Any], outputs: list[Any]) -> Iterator[tuple[Any, OutputDriver]]:
    """Yield each output with its driver; what they stand on is let go of at the end."""
    gpio = _gpio(document)
    try:
        for output in outputs:
            wiring = Wiring(*(output[key] for key in ("pin", "address", "frequency", "min", "max", "active_low")))
            kind: Any = ACTUATOR_DRIVER_REGISTRY[output["driver"]]
            if output["address"] is None:
                yield output, kind(gpio, wiring)
                continue
            from actors.hardware.i2c import LinuxBus

            bus = LinuxBus(document["bus"])
            yield output, kind(gpio, wiring, bus)
            with suppress(OSError):
                bus.close()
    finally:
        gpio.close()


def _gpio(document: Mapping[str, Any]) -> Any:
    if document["backend"] == "kernel":
        from actors.hardware.pins_here import PinsHere

        return PinsHere(document["settings"], _levels(document))
    from actors.hardware.pigpiod import pigpiod_gpio

    return pigpiod_gpio(*document["pigpiod"], safe_pins=_levels(document))


def _levels(document: Mapping[str, Any]) -> dict[int, int]:
    return {output["pin"]: int(output["active_low"]) for output in document["outputs"] if output["heater"] and output["pin"] is not None}


def _guarded(document: Mapping[str, Any], output: Mapping[str, Any]) -> str:
    if not output["heater"]:
        return ""
    if document["backend"] == "kernel":
        return "; its output process switches it off as soon as the daemon is gone"
    return "; the guard in pigpiod switches it off 2 s after the daemon's end, unless pigpiod itself has stopped"


def _name(output: Mapping[str, Any]) -> str:
    where = f"0x{output['address']:02X}" if output["pin"] is None else f"GPIO{output['pin']}"
    return f"{output['id']} ({where})"


def _bounded(act: Callable[[], object], seconds: float) -> bool:
    """Run `act` for at most `seconds`; return whether it has ended."""
    thread = threading.Thread(target=act, name="safe", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def _was_killed(pid: int, proc: Path) -> bool:
    """Whether a process has a SIGKILL to come: it will never do anything again."""
    try:
        lines = (proc / str(pid) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    fields = dict(line.partition(":")[::2] for line in lines)
    return any(int(fields.get(name, "0").strip() or "0", 16) & _KILLED for name in ("ShdPnd", "SigPnd"))
