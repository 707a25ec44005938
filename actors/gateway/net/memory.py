"""Who holds the daemon's memory: a message that never ends on its way in, answers that nobody reads on their way out.

ZeroMQ bounds neither in bytes: a message of many frames is kept until its last one is there, whatever MAXMSGSIZE and RCVHWM say.
So when the process has grown, the connections that hold most are cut. Linux; gateway thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from actors.core import events
from actors.gateway.exchange import Client
from actors.gateway.net.peers import Presence
from actors.gateway.poller import LOOK_EVERY

log = structlog.get_logger()

SPARE: Final = 32 * 1024 * 1024
"""Bytes by which the process may have grown before anybody is cut."""
STEP: Final = 2 * 1024 * 1024
"""Bytes of growth after which the connections are looked at, so that later it is known who went on growing."""
SEAL: Final = 33
"""Bytes that CURVE adds to a message of one frame (CurveZMQ, RFC 26 of ZeroMQ: a command's name, a nonce, a box)."""
LIGHT, HEAVY = 1024, 16 * 1024
"""Bytes under way that are nothing to speak of; and those that are worth a cut though all that is under way does not explain the size."""
MOST_PER_BYTE: Final = 32
"""Bytes of memory that a byte on the wire takes at most: a frame of one byte has two more on the wire, and 64 in libzmq (`zmq_msg_t`)."""
UNEASY_EVERY: Final = 0.02
"""Seconds between two looks while the process is larger than it should be, or somebody is connected who has not asked anything yet."""
UNEASY_FOR: Final = 10.0
"""Seconds for which it is looked as often after a cut: whoever was cut may come back at once."""
CUT_TAKES: Final = 0.1
"""Seconds that ZeroMQ gets to let go of what a connection held."""
CALM_EVERY: Final = 0.25
"""Seconds between two looks while the process has not grown for `CALM_AFTER` seconds by more than `LITTLE` bytes from look to look."""
CALM_AFTER: Final = 1.0
LITTLE: Final = 64 * 1024
ALONE_EVERY: Final = 0.5
"""Seconds between two looks while nobody is connected; whoever connects wakes the gateway."""
TRIM_EVERY: Final = 0.5
"""Seconds from one time that memory is given back to the next: it may take 40 ms."""
GIVE_UP: Final = 20
"""Looks in a row without anybody to cut, after which the size is what this daemon needs."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
_LINE: Final = 128
"""Bytes: more than /proc/self/statm ever has."""
REASON: Final = "it held {kib} KiB of the daemon's memory, with a request that does not end or answers that it does not read"


@dataclass(slots=True)
class _Load:
    """What is known of one connection: for `inward` and `outward`, where bytes under way are counted from."""

    inode: int
    client: Client | None
    inward: int
    outward: int
    before: int = 0
    now: int = 0

    @property
    def sure(self) -> int:
        """What it held at this look and at the one before; at this one, if that is more than anybody may."""
        return self.now if self.now >= SPARE // 2 else min(self.before, self.now)


def resident() -> int | None:
    """Return the resident memory of this process in bytes; None where there is no /proc."""
    try:
        statm = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None
    try:  # ten times a second, so without a file object
        return int(os.read(statm, _LINE).split()[1]) * _PAGE
    finally:
        os.close(statm)


def give_back() -> None:
    """Have the C library return free memory to the system, where it can; it keeps freed messages otherwise."""
    try:
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, ImportError, MemoryError, OSError, TypeError):  # another C library; or a system that forbids it
        return


class Burden:
    """Looks after the memory. Cheap while the process does not grow: one read of /proc."""

    def __init__(
        self,
        presence: Presence,
        was_drained: Callable[[], bool],
        resident: Callable[[], int | None] = resident,
        give_back: Callable[[], None] = give_back,
    ) -> None:
        self._presence = presence
        self._was_drained = was_drained
        self._held_back = False
        self._resident = resident
        self._give_back = give_back
        self._loads: dict[int, _Load] = {}
        self._least: int | None = None
        self._at_last_look = 0
        self._before = 0
        self._grew_at = float("-inf")
        self._fruitless = 0
        self._trims: list[float] = []
        self._trimmed_at = self._settled_at = self._uneasy_until = 0.0

    def look(self, now: float) -> float:
        """Cut who holds too much, if anybody does; return the seconds until the next look. `now` is monotonic."""
        if self._trims and now >= self._trims[0]:
            del self._trims[0]
            self._trimmed_at = now
            self._give_back()
        size = self._resident()
        if size is None:
            return LOOK_EVERY
        self._least = size if self._least is None else min(size, self._least)
        too_large = size - self._least > SPARE
        growth = size - self._before
        self._before = size
        if abs(size - self._at_last_look) >= STEP or too_large:
            self._at_last_look = size
            self._weigh()
        if not too_large:
            self._fruitless = 0
            self._admit()
            return self._calm(now, grown=growth > LITTLE)
        self._relieve(now, size)
        return UNEASY_EVERY

    def _calm(self, now: float, *, grown: bool) -> float:
        """Return the seconds until the next look of a process that is not too large."""
        if grown:
            self._grew_at = now
        if now < self._uneasy_until or self._presence.strangers:
            return UNEASY_EVERY
        if self._presence.alone:
            return ALONE_EVERY
        return LOOK_EVERY if now - self._grew_at < CALM_AFTER else CALM_EVERY

    def _weigh(self) -> None:
        """Take down what every connection has under way: received and in no request yet, answered and not acknowledged."""
        loads = {}
        for connection, client in self._presence.open_connections():
            flow = connection.flow()
            if flow is None:
                continue
            sealed = SEAL * client.requests if client is not None and client.public else 0
            received = flow[0] - (client.taken + sealed if client is not None else 0)
            unread = (client.sent + sealed if client is not None else 0) - flow[1]
            load = self._loads.get(connection.descriptor)
            if load is None or load.inode != connection.inode or load.client is not client:
                # What a stranger has sent so far has come to nothing; with a client the count begins.
                load = _Load(connection.inode, client, received if client is not None else 0, unread)
            load.inward, load.outward = min(load.inward, received), min(load.outward, unread)
            load.before, load.now = load.now, received - load.inward + unread - load.outward
            loads[connection.descriptor] = load
        self._loads = loads

    def _relieve(self, now: float, size: int) -> None:
        """Cut those who held most, until half of what is held is let go of.

        If all that is under way is too little to explain the size, nobody is cut for a little. While requests wait as well, they were left
        behind by connections that have ended: then newcomers wait until that is dealt with.
        """
        excess, drained = size - (self._least or 0), self._was_drained()
        held = sorted(((load.sure, number) for number, load in self._loads.items()), reverse=True)
        explained = sum(weight for weight, _number in held) * MOST_PER_BYTE >= excess
        heavy = [(weight, number) for weight, number in held if weight >= (LIGHT if explained else HEAVY)]
        left = sum(weight for weight, _number in heavy) / 2
        for weight, number in heavy:
            if left <= 0:
                break
            left -= weight
            self._presence.cut(number, self._loads.pop(number).client, REASON.format(kib=weight // 1024))
        self._fruitless = 0 if heavy or not drained else self._fruitless + 1
        if heavy or not drained:
            self._settled_at, self._uneasy_until = now + CUT_TAKES + 2 * TRIM_EVERY, now + UNEASY_FOR
            first = min([*self._trims, max(now + CUT_TAKES, self._trimmed_at + TRIM_EVERY)])
            self._trims = [first, now + 10 * CUT_TAKES, now + 100 * CUT_TAKES]  # what was sent is still dealt with: that may take a while
            if not heavy:
                self._hold_back(excess)
        elif now < self._settled_at:
            return
        elif self._fruitless >= GIVE_UP or not any(load.now >= LIGHT for load in self._loads.values()):
            self._least = size
            self._admit()

    def _hold_back(self, excess: int) -> None:
        """Let no newcomer in until what waits in ZeroMQ has been dealt with, and its memory was given back."""
        if not self._held_back:
            self._held_back = True
            log.warning(events.NEWCOMERS_WAIT, mib=excess // 1024 // 1024)
            self._presence.admit(everybody=False)

    def _admit(self) -> None:
        if self._held_back:
            self._held_back = False
            self._presence.admit(everybody=True)
