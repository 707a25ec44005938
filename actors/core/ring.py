"""What happened in the last minutes, in memory: readings, changes of outputs, events. Whoever keeps a history asks for what is new.

Nothing is kept while nobody asks: the ring is filled for a while from the start of the daemon, and after each request for it.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from actors.core.clock import Clock, boot_clock
from actors.errors import Fault
from actors.messages import Fresh, Outcome, Reading, Tell

MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes that are kept, as estimated: an hour of ten channels once a second, three quarters of a minute of a hundred at 10 Hz."""
LONGEST: Final = 900.0
"""Seconds for which anything is kept at most, and for which the ring is filled after the last request for it."""
MOST_AT_ONCE: Final = 2000
"""Entries of one answer, which makes it some 80 kB long and costs the gateway a few milliseconds."""
MOST_WAITING: Final = 20_000
"""Entries that wait for the gateway at most, while it begins anew; of more the older ones are lost, and the next answer says so."""
TOGETHER: Final = 1e-3
"""Seconds within which two clocks are read together; a thread that had to wait between them would have measured earlier than it did."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_ROOM: Final = 1 << 20
"""Cursors of a run begin with a multiple of this, chosen at random, so that those of another run are known to be of another one."""


class Measured(NamedTuple):
    """A measurement at `at` (boot clock, s): a number or the code of a fault per channel; without names, a fault of all of them."""

    at: float
    child: str
    names: tuple[str, ...]
    values: tuple[float | str, ...]


class Driven(NamedTuple):
    """What an output was asked for and does since `at`, in its units, None for not known; `by` is who asked last."""

    at: float
    child: str
    asked: float | None
    value: float | None
    by: str


class Happened(NamedTuple):
    """An event of the log, and its sentence."""

    at: float
    event: str
    level: str
    actor: str | None
    message: str


Entry = Measured | Driven | Happened


class Part(NamedTuple):
    """The entries from a cursor on, the cursor of those that follow, whether any before these are lost, and whether more wait."""

    entries: list[Entry]
    cursor: int
    missed: bool
    more: bool


class Ring:
    """The last entries, bounded in bytes and in age.

    Any thread may add, and never waits for anybody: what makes an output safe comes through here. The gateway's thread does the rest.
    """

    def __init__(self, clock: Clock, boot: Callable[[], float] = boot_clock, most: int = MOST_BYTES) -> None:
        """Keep `most` bytes. `boot` tells seconds since the machine started, also those it slept."""
        self.boot_id: Final = _boot_id()
        self.on = True
        """Whether entries are wanted; look before making one."""
        self._clock, self._boot, self._most = clock, boot, most
        self._incoming: deque[tuple[int, Entry]] = deque(maxlen=MOST_WAITING)
        self._entries: deque[tuple[int, Entry]] = deque()
        self._bytes = 0
        self._next = secrets.randbits(32) * _ROOM + 1
        self._asked = clock.monotonic()
        self._known_ahead: float | None = None
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._waiting: Tell | None = None
        self._waiting_for_events: Tell | None = None
        self._last_event = 0

    def now(self) -> float:
        """Return the time of the boot clock, seconds."""
        return self._boot()

    def measured(self, child: str, outcome: Outcome) -> None:
        """Keep an outcome of a sensor. Any thread, as the other two."""
        at = outcome.at + self._ahead()
        if isinstance(outcome, Reading):
            names, values = tuple(outcome.values), tuple(_kept(value) for value in outcome.values.values())
            # The names are the same in every reading: one tuple of them is kept.
            self._add(Measured(at, child, self._names.setdefault(names, names), values), 220 + 32 * len(values))
        else:
            self._add(Measured(at, child, (), (outcome.fault.code,)), 220)

    def _ahead(self) -> float:
        """Return by how much the boot clock is ahead of the monotonic one, which do not count a sleep of the machine alike."""
        before, boot, after = self._clock.monotonic(), self._boot(), self._clock.monotonic()
        if after - before < TOGETHER or self._known_ahead is None:
            self._known_ahead = boot - before
        return self._known_ahead

    def driven(self, child: str, asked: float | None, value: float | None, by: str) -> None:
        """Keep a change of an output: of what it does, or of what it is asked for."""
        self._add(Driven(self._boot(), child, asked, value, by), 240)

    def happened(self, record: Mapping[str, Any], message: str, ago: float = 0.0) -> None:
        """Keep an event of the log, with its sentence, which was written `ago` seconds ago."""
        if self.on:
            who = record.get("actor")
            name, level = str(record["event"]), str(record["level"])
            entry = Happened(self._boot() - ago, name, level, None if who is None else str(who), message)
            self._add(entry, 320 + 2 * len(message))
            if self._waiting_for_events is not None:
                self._wake()

    def await_news(self, tell: Tell, *, events: bool = False) -> None:
        """Tell `Fresh` once, with the next entry, or the next event; at once if there is an entry already. Gateway thread."""
        if events:
            self._waiting_for_events = tell
        else:
            self._waiting = tell
        if self._incoming:
            self._wake()

    def has_news(self, cursor: int | None, *, events: bool) -> bool:
        """Return whether there is anything from `cursor` on, or any event. Gateway thread."""
        self.collect()
        oldest = self._next - len(self._entries)
        known = cursor is not None and oldest <= cursor <= self._next
        return not known or (self._last_event if events else self._next) > (cursor or 0)

    def since(self, cursor: int | None) -> Part:
        """Return what is there from `cursor` on, from the oldest on if None; nothing is missed then. Gateway thread."""
        self.on, self._asked = True, self._clock.monotonic()
        self.collect()
        oldest = self._next - len(self._entries)
        missed = cursor is not None and not oldest <= cursor <= self._next
        first = oldest if cursor is None or missed else cursor
        end = min(first + MOST_AT_ONCE, self._next)
        entries = [self._entries[number - oldest][1] for number in range(first, end)]
        return Part(entries, end, missed, end < self._next)

    def collect(self) -> None:
        """Take in what has come; let go of what is too old or too much, and of all where nobody has asked for long. Gateway thread."""
        if not self.on:
            return
        if len(self._incoming) == MOST_WAITING:
            self._forget()  # some of it is lost, and nobody knows how much
        while self._incoming:
            entry = self._incoming.popleft()
            self._entries.append(entry)
            self._next += 1
            self._bytes += entry[0]
            if isinstance(entry[1], Happened):
                self._last_event = self._next
        oldest_at = self._boot() - LONGEST
        while self._entries and (self._bytes > self._most or self._entries[0][1].at < oldest_at):
            self._bytes -= self._entries.popleft()[0]
        if self._clock.monotonic() - self._asked > LONGEST:
            self.on = False
            self._incoming.clear()
            self._forget()

    def _forget(self) -> None:
        """Keep nothing of what was; every cursor from before is known to be too old."""
        self._entries.clear()
        self._bytes = 0
        self._next += 1

    def _add(self, entry: Entry, size: int) -> None:
        self._incoming.append((size, entry))
        if self._waiting is not None:
            self._wake()

    def _wake(self) -> None:
        tell = self._waiting or self._waiting_for_events
        self._waiting = self._waiting_for_events = None
        if tell is not None:
            tell(Fresh())


def _kept(value: float | Fault) -> float | str:
    return value.code if isinstance(value, Fault) else value


def _boot_id() -> str:
    """Return the kernel's name of this run of the machine; one of this process where there is none."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return f"process-{time.time_ns():x}"
