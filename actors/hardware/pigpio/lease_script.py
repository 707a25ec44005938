"""A dead-man's switch inside pigpiod: for each leased pin a script that drives it to its safe level unless it is renewed in time.

A script runs in a thread of pigpiod and outlives whoever stored it. It counts `p0` down, once each tenth of a second; below 0 it
writes the level, again at each tick, and counts the trip in `p1`. Facts: pigpio v79 (`pthScript`, `gpioUpdateScript`), measured.
What it cannot do is outlive pigpiod itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from actors.core.clock import Clock
from actors.errors import DeviceError, PermanentError
from actors.hardware.pigpio.api import Pi

SIGNATURE: Final = 1347637572
"""In register p9 of every lease script: how a later life finds those of an earlier one."""
TICK: Final = 0.1
"""Seconds between two counts: N, set by a renewal, lasts (N + 1) ticks."""
SLOTS: Final = 32
"""Scripts that pigpiod can store (pigpio v79, error -57 beyond)."""
RUNNING: Final = 2
"""The state of a script that runs."""
UP_WITHIN: Final = 0.2
"""Seconds within which a stored script's thread is up (it takes milliseconds; until then running it is refused, error -62)."""
COUNTS_WITHIN: Final = 0.3
"""Seconds within which a lease script is seen to count."""
_PAUSE: Final = 0.005
_STILL: Final = 2 * TICK
_STILL_LOOKS: Final = 3
"""Looks in a row, each this many seconds after a renewal, at which a lease script that counts cannot have stood still."""
_COUNT, _TRIPS, _LEVEL, _PIN, _SIGNATURE = 0, 1, 7, 8, 9
"""Registers p0, p1, p7, p8, p9."""
_REGISTERS: Final = 10
_WRITES: Final = re.compile(r" w (\d{1,2}) ([01]) ")

Ask = Callable[..., Any]
"""Gives pigpiod a command: the method, its arguments, and `about`, whom a refusal is about. Raises DeviceError, or as a lost connection."""


def text_of(pin: int, level: int) -> str:
    """Return the text of the lease script that drives `pin` to `level`."""
    return f"ld p9 {SIGNATURE} ld p8 {pin} ld p7 {level} tag 1 mils 100 dcr p0 jp 1 w {pin} {level} ld p0 0 inr p1 jmp 1"


def read_text(text: str) -> tuple[int, int] | None:
    """Return pin and level of the lease script with this text; None for any other script."""
    found = _WRITES.search(text)
    pair = (int(found[1]), int(found[2])) if found else None
    return pair if pair and text_of(*pair) == text else None


@dataclass(slots=True)
class LeaseScript:
    """A pin's lease. `number` is its script's on this connection, None while there is none; `trips` is p1 as last accepted."""

    pin: int
    seconds: float
    level: int
    number: int | None = None
    trips: int = 0
    counted: bool = False
    tripped: bool = False
    count: int = 0
    renewed: float = 0.0
    still: int = 0

    @property
    def ticks(self) -> int:
        """What a renewal sets p0 to; while tripped it stays run out, so that the script holds the pin."""
        return 0 if self.tripped else max(round(self.seconds / TICK) - 1, 0)

    @property
    def about(self) -> str:
        """Whom a refusal is about."""
        return f"the lease script of GPIO{self.pin}"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A lease script that an earlier life left behind; `trips` counts the tenths of a second for which it held its pin."""

    pin: int
    level: int
    trips: int


def remove_leftovers(ask: Ask, pi: Pi) -> list[Leftover]:
    """Make the pin of every lease script there is safe, and remove it; return them."""
    found = []
    for number in range(SLOTS):
        _, registers = ask(pi.script_status, number)
        if len(registers) != _REGISTERS or registers[_SIGNATURE] != SIGNATURE:
            continue
        pin, level = registers[_PIN], int(registers[_LEVEL] != 0)
        with suppress(DeviceError):  # a pin that refuses must not keep the others from being made safe
            ask(pi.write, pin, level)
        _remove(ask, pi, number)
        found.append(Leftover(pin, level, registers[_TRIPS]))
    return found


def install(ask: Ask, pi: Pi, lease: LeaseScript, clock: Clock) -> None:
    """Store the script and run it; raises DeviceError `lease_unavailable`, with nothing left in pigpiod, when it does not come up."""
    lease.number, lease.trips, lease.counted, lease.still, lease.renewed = None, 0, False, 0, clock.monotonic()
    number = ask(pi.store_script, text_of(lease.pin, lease.level).encode(), about=lease.about)
    try:
        _run(ask, pi, lease, number, clock)
    except BaseException:
        with suppress(DeviceError):
            _remove(ask, pi, number)
        raise
    lease.number = number


def look(ask: Ask, pi: Pi, lease: LeaseScript) -> bool:
    """Note what the lease script counts and whether it tripped; return False when it is not there, or no longer runs."""
    if lease.number is None:
        return False
    state, registers = ask(pi.script_status, lease.number)
    if state != RUNNING or len(registers) != _REGISTERS or registers[_SIGNATURE] != SIGNATURE or registers[_PIN] != lease.pin:
        lease.number = None
        return False
    lease.count = registers[_COUNT]
    lease.counted = lease.counted or lease.count < lease.ticks
    lease.tripped = lease.tripped or registers[_TRIPS] != lease.trips
    return True


def renew(ask: Ask, pi: Pi, lease: LeaseScript, now: float) -> bool:
    """Set the count of a lease script just looked at anew, unless it ran out; return False for one that no longer counts."""
    if lease.tripped:
        return True
    if now - lease.renewed >= _STILL:
        lease.still = lease.still + 1 if lease.count >= lease.ticks else 0
    lease.renewed = now
    ask(pi.update_script, lease.number, [lease.ticks], about=lease.about)
    return lease.still < _STILL_LOOKS


def release(ask: Ask, pi: Pi, lease: LeaseScript) -> None:
    """Let a tripped lease script count again; its pin must have been made safe."""
    lease.tripped = False
    for _ in range(_STILL_LOOKS):  # a tick at the same moment may undo the first
        ask(pi.update_script, lease.number, [lease.ticks], about=lease.about)
        _, registers = ask(pi.script_status, lease.number)
        lease.trips = registers[_TRIPS] if registers else 0
        if registers and registers[_COUNT] > 0:
            break


def require_counting(ask: Ask, pi: Pi, lease: LeaseScript, clock: Clock) -> None:
    """Wait until the lease script was once seen to count; raises DeviceError `lease_unavailable` when it never does."""
    for _ in _tries(clock, COUNTS_WITHIN):
        if lease.counted or lease.tripped:
            return
        look(ask, pi, lease)
    raise unavailable(lease, "does not count")


def remove(ask: Ask, pi: Pi, lease: LeaseScript) -> None:
    """Remove the script; its pin stays as it is."""
    if lease.number is not None:
        _remove(ask, pi, lease.number)
        lease.number = None


def lose(lease: LeaseScript, now: float) -> None:
    """Forget the script, whose connection is thrown away; a lease that had run out by then, as after a standstill, has tripped."""
    lease.tripped = lease.tripped or (lease.number is not None and now - lease.renewed >= lease.seconds)
    lease.number = None


def unavailable(lease: LeaseScript, why: str) -> DeviceError:
    """Return the error of a pin without a working lease script."""
    text = f"GPIO{lease.pin} is not driven: its lease in pigpiod {why}, so that nobody would switch it off if this program died"
    return DeviceError("lease_unavailable", text)


def _run(ask: Ask, pi: Pi, lease: LeaseScript, number: int, clock: Clock) -> None:
    refused: DeviceError | None = None
    for _ in _tries(clock, UP_WITHIN):
        try:
            ask(pi.run_script, number, [lease.ticks, 0], about=lease.about)
            break
        except PermanentError as error:  # -62: the client tells no number
            refused = error
    else:
        raise unavailable(lease, "does not start") from refused
    for _ in _tries(clock, UP_WITHIN):
        state, registers = ask(pi.script_status, number)
        if state == RUNNING and _is_ours(registers):
            return
    raise unavailable(lease, "does not run")


def _is_ours(registers: Sequence[int]) -> bool:
    return len(registers) == _REGISTERS and registers[_SIGNATURE] == SIGNATURE


def _tries(clock: Clock, seconds: float) -> Iterator[None]:
    """Yield at once, then after each pause until `seconds` have passed."""
    for _ in range(round(seconds / _PAUSE)):
        yield
        clock.sleep(_PAUSE)


def _remove(ask: Ask, pi: Pi, number: int) -> None:
    ask(pi.stop_script, number, about="to stop a lease script")
    ask(pi.delete_script, number, about="to delete a lease script")
