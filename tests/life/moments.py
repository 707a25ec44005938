"""Time for a whole daemon in one process: it stands still until everybody is at rest, and then goes on to what is due next.

So minutes of life take seconds, and nothing depends on how busy the machine is: a thread that computes holds the clock up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pykka

from actors.core.mailbox import Inbox, Letter
from actors.hardware.pigpio.turn import Turn
from actors.messages import Tick
from tests.fakes import stacks

PATIENCE: Final = 20.0
"""Real seconds until somebody who is never at rest is a failure."""
SOONEST: Final = 1e-4
"""Seconds that time goes on at least, whoever wants to wake up again and again."""
PAUSE: Final = 0.0001
"""Real seconds between two looks."""


class ProcessGoneError(BaseException):
    """Raised in threads of a daemon whose process is no more: what they waited for never comes."""


@dataclass
class _Wait:
    condition: Callable[[], object]
    due: float
    woken: threading.Event = field(default_factory=threading.Event)
    met: bool = False
    gone: bool = False


class Moments:
    """A clock (`actors.core.clock.Clock`) whose `sleep` really blocks, until the one thread that owns it lets time go on.

    `wait`, `sleep` and `monotonic` may be called in any thread; everything else belongs to the owner. Threads that were there before
    are no part of this world.
    """

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self._waiting: dict[int, _Wait] = {}
        self._outsiders = set(threading.enumerate())
        self.over = False
        """Whether the process has gone, and its threads are on their way to their ends."""
        self.after_step: Callable[[], object] = lambda: None
        """Called by the owner whenever everybody is at rest again."""

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for `seconds` of this time."""
        self.wait(lambda: False, seconds)

    def wait(self, condition: Callable[[], object], seconds: float | None = None) -> bool:
        """Block until `condition` (True) or for `seconds` (False); raises ProcessGoneError where there is no process any more."""
        if condition():
            return True
        entry = _Wait(condition, float("inf") if seconds is None else self._now + seconds)
        with self._lock:
            if self.over:
                raise ProcessGoneError
            self._waiting[threading.get_ident()] = entry
        entry.woken.wait()
        if entry.gone:
            raise ProcessGoneError
        return entry.met

    def turn(self) -> MomentTurn:
        """Return a lock that may be held while its holder sleeps."""
        return MomentTurn(self)

    def rest(self) -> None:
        """Wait until nobody has anything to do at this moment."""
        end, before = time.monotonic() + PATIENCE, -1
        while True:
            moved = self._wake_up()
            busy = self._busy()
            taken = _taken()
            if not moved and busy is None and taken == before:
                return
            before = taken if not moved and busy is None else -1
            if time.monotonic() > end:
                raise AssertionError(f"never at rest: {busy}\n{stacks()}")
            time.sleep(PAUSE)

    def step(self, limit: float) -> None:
        """Go on to the next moment that anybody waits for, at most to `limit`, and let everybody do what is due then."""
        self.rest()
        with self._lock:
            dues = [entry.due for entry in self._waiting.values()]
        dues += [inbox.wake_at for inbox, idle in _inboxes() if idle and inbox.wake_at is not None]
        self._now = max(min([limit, *dues]), min(self._now + SOONEST, limit))
        self.rest()
        self.after_step()

    def run(self, seconds: float) -> None:
        """Let `seconds` pass."""
        end = self._now + seconds
        while self._now < end:
            self.step(end)

    def until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Let time pass until `condition`, at most `seconds`; return whether it holds."""
        end = self._now + seconds
        self.rest()
        while not condition():
            if self._now >= end:
                return False
            self.step(end)
        return True

    def jump(self, seconds: float) -> None:
        """Let `seconds` pass in which nobody does anything: the whole process stands still."""
        self.rest()
        self._now += seconds

    def bury(self) -> None:
        """End every thread of this world: a process that is gone does nothing more."""
        with self._lock:
            self.over = True
        end = time.monotonic() + PATIENCE
        while living := self._living():
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            for entry in waiting.values():
                entry.gone = True
                entry.woken.set()
            for ref in pykka.ActorRegistry.get_all():
                with suppress(pykka.ActorDeadError):
                    ref.stop(block=False)
            if time.monotonic() > end:
                raise AssertionError(f"threads that do not end: {[thread.name for thread in living]}\n{stacks()}")
            time.sleep(PAUSE)
        self.over = False

    def _living(self) -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread not in self._outsiders]

    def _wake_up(self) -> bool:
        """Wake whoever has what he waits for, or whose time has come; return whether there was anybody."""
        with self._lock:
            woken = []
            for ident, entry in list(self._waiting.items()):
                entry.met = bool(entry.condition())
                if entry.met or self._now >= entry.due:
                    del self._waiting[ident]
                    woken.append(entry)
        for entry in woken:
            entry.woken.set()
        poked = [inbox for inbox, idle in _inboxes() if idle and inbox.wake_at is not None and inbox.wake_at <= self._now]
        for inbox in poked:
            _poke(inbox)
        return bool(woken or poked)

    def _busy(self) -> str | None:
        """Return the name of a thread that has something to do, or None."""
        idle = {inbox.vitals.thread for inbox, idle in _inboxes() if idle}
        for thread in self._living():
            if thread not in idle and thread.ident not in self._waiting:
                return thread.name
        return None


class MomentTurn(Turn):
    """A lock whose waiting is known to the clock, in its time; first come, first served."""

    def __init__(self, moments: Moments) -> None:
        super().__init__()
        self._moments = moments
        self._owner_guard = threading.Lock()
        self._held = False
        self._queue: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._queue)

    def acquire(self, timeout: float = -1) -> bool:
        """Wait for one's turn, at most `timeout` seconds (-1: without limit); return whether it came."""
        with self._owner_guard:
            if not self._held:
                self._held = True
                return True
            mine = threading.Event()
            self._queue.append(mine)
        came = False
        try:
            came = self._moments.wait(mine.is_set, None if timeout < 0 else timeout)
        finally:
            if not came:
                with self._owner_guard:
                    came = mine.is_set()  # at the last moment
                    if not came:
                        self._queue.remove(mine)
                if came and self._moments.over:
                    self.release()
        return came

    def release(self) -> None:
        """Let the next one have it."""
        with self._owner_guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._held = False


class MomentEvent(threading.Event):
    """A `threading.Event` that is waited for in the clock's time."""

    def __init__(self, moments: Moments) -> None:
        super().__init__()
        self._moments = moments

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds."""
        return self._moments.wait(self.is_set, timeout)


class MomentThread(threading.Thread):
    """A thread that is waited for in the clock's time, and that ends quietly with its process."""

    def __init__(self, moments: Moments, **facts: Any) -> None:
        super().__init__(**facts)
        self._moments = moments

    def run(self) -> None:
        """Do what a thread does."""
        with suppress(ProcessGoneError):
            super().run()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, at most `timeout` seconds."""
        self._moments.wait(lambda: not self.is_alive(), timeout)


def _inboxes() -> list[tuple[Any, bool]]:
    """Return the mailbox of every actor, and whether its owner sleeps with nothing to do."""
    inboxes: list[Any] = [ref.actor_inbox for ref in pykka.ActorRegistry.get_all()]
    return [(inbox, inbox.vitals.busy_since is None and inbox.empty() and inbox.vitals.thread is not None) for inbox in inboxes]


def _taken() -> int:
    return sum(inbox.vitals.taken for inbox, _idle in _inboxes())


def _poke(inbox: Any) -> None:
    if isinstance(inbox, Inbox):
        inbox.poke()
    else:
        inbox.put(Letter(Tick()))
