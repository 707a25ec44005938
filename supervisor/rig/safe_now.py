"""Outputs made safe by a process that is no daemon: what `pilotage safe` does once it has a list. Nothing heavy is imported here.

It runs after the daemon has ended in whatever way, so it relies on nothing that the daemon did, and everything it does is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from actors.errors import PilotageError
from actors.hardware.lock import HardwareBusy, HardwareLock
from supervisor.exits import EX_IOERR, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE
from supervisor.rig.safe import Attempt, Entry, OfList, bounded
from supervisor.rig.safe import make_safe as make_each_safe

PINS: Final = 2.0
BUS: Final = 1.0
"""Seconds for all outputs at pins, and then for all on the I2C bus."""
CLOSE: Final = 0.2
"""Seconds for letting go of each."""
UNREACHABLE: Final = frozenset({"gpio_unavailable", "gpio_no_chip", "gpio_no_library", "gpio_no_permission", "no_adapter", "no_permission"})
_KILLED: Final = 1 << 8
"""SIGKILL among pending signals (`man 5 proc`, ShdPnd)."""

Say = Callable[[str], object]


Ask = Callable[[list[Entry], Say], list[Entry]]
"""Has the daemon make heaters safe; returns those it did not."""


def make_safe(document: Mapping[str, Any], say: Say, proc: Path = Path("/proc"), ask: Ask | None = None) -> tuple[int, bool]:
    """Make every output of a list safe, heaters first; return the exit code and whether no thread was left inside the hardware.

    Nothing is touched while another daemon holds this hardware: it is not ours to switch off, and `pilotage off` does it. A holder that
    was killed and cannot end, because it is stuck in a driver of the kernel, counts as gone.
    With `ask` it is about heaters alone, and the holder is asked; what it does not do is done here all the same.
    """
    if ask is not None:
        document = {**document, "outputs": [entry for entry in document["outputs"] if entry.get("heater")]}
    lock = HardwareLock(document["locks"])
    try:
        lock.acquire()
    except HardwareBusy as busy:
        dead = busy.pid is not None and _was_killed(busy.pid, proc)
        if ask is not None and not dead:
            document = {**document, "outputs": ask(document["outputs"], say)}
        elif not dead:
            say(f"left alone: {busy.message}; `pilotage off` asks that daemon")
            return EX_TEMPFAIL, True
        else:
            say(f"{busy.resource} is still held by process {busy.pid}, which was killed but cannot end")
    except PilotageError as error:
        say(error.message)
    try:
        found = [_make_safe(document, say, on_bus=False), _make_safe(document, say, on_bus=True)]
        return max(code for code, _ended in found), all(ended for _code, ended in found)
    finally:
        lock.release()


def _make_safe(document: Mapping[str, Any], say: Say, *, on_bus: bool) -> tuple[int, bool]:
    entries = [entry for entry in document["outputs"] if (entry.get("pin") is None) == on_bus]
    limit = BUS if on_bus else PINS
    hardware = OfList(document)

    def tell(attempt: Attempt) -> None:
        name, trouble = _name(attempt.entry), attempt.trouble
        if attempt.error is None and trouble:
            trouble = f", no answer within {limit:g} s{_guarded(document, attempt.entry)}"
        elif trouble:
            trouble = f": {trouble}"
        say(f"{name}: NOT KNOWN TO BE SAFE{trouble}" if trouble else f"{name}: safe, reads back {attempt.value:g}")

    attempts = make_each_safe(entries, hardware, tell, limit)
    ended = bounded(hardware.close, CLOSE) and not any(attempt.under_way for attempt in attempts)
    return max(map(_code, attempts), default=EX_OK), ended


def _code(attempt: Attempt) -> int:
    match attempt.error:
        case None:
            return EX_OK if attempt.value is not None else EX_UNAVAILABLE
        case PilotageError():
            return EX_UNAVAILABLE if attempt.error.code in UNREACHABLE else EX_IOERR
        case OSError():
            return EX_UNAVAILABLE
        case _:
            return EX_IOERR


def _guarded(document: Mapping[str, Any], output: Entry) -> str:
    if not output.get("heater"):
        return ""
    if document["backend"] == "kernel":
        return "; its output process switches it off as soon as the daemon is gone"
    return "; the lease script in pigpiod switches it off 2 s after the daemon's end, unless pigpiod itself has stopped"


def _name(output: Entry) -> str:
    pin, address = output.get("pin"), output.get("address")
    where = f"GPIO{pin}" if pin is not None else f"0x{address:02X}" if isinstance(address, int) else "nowhere"
    return f"{output.get('id', 'an output')} ({output.get('where', where)})"


def _was_killed(pid: int, proc: Path) -> bool:
    """Whether a process has a SIGKILL to come: it will never do anything again."""
    try:
        lines = (proc / str(pid) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    fields = dict(line.partition(":")[::2] for line in lines)
    return any(int(fields.get(name, "0").strip() or "0", 16) & _KILLED for name in ("ShdPnd", "SigPnd"))
