"""Mailboxes: Pykka's `ActorInbox` with a wake-up time, three lanes and a heartbeat."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from actors.core.clock import Clock, SystemClock
from actors.core.wakeup import Wake
from actors.messages import Heartbeat, Permit, Query, ResetInterlock, Safe, Shutdown, Stop, Tell, Tick

if TYPE_CHECKING:
    import pykka

_URGENT = (Safe, Permit, Heartbeat, Stop, Shutdown)
"""What makes safe or keeps alive: however much a client asks, it never waits behind that."""
_QUESTIONS = (Query, ResetInterlock)
"""What a client asks of the actors that look after all others: it waits until they have heard the bench."""


class Letter:
    """What Pykka's loop takes out of an inbox: a message, and never anybody to answer (we only tell)."""

    __slots__ = ("message", "reply_to")

    def __init__(self, message: Any) -> None:
        self.message = message
        self.reply_to = None


_TICK = Letter(Tick())


class Vitals:
    """The heartbeat of one actor, written by its own loop and read by the supervisor.

    `busy_since` (monotonic) is set while a message is being handled and None while the actor waits for the next one.
    `taken` counts the messages taken; `thread` is the actor's, once it runs; `ended` = it has reported its end.
    `fenced` is set by the supervisor: this generation counts as lost, and may drive nothing should its thread come back.
    """

    __slots__ = ("busy_since", "ended", "fenced", "taken", "thread")

    def __init__(self, busy_since: float | None) -> None:
        self.busy_since = busy_since
        self.taken = 0
        self.thread: threading.Thread | None = None
        self.ended = False
        self.fenced = False

    @property
    def thread_has_ended(self) -> bool:
        """Whether there was a thread and is none any more."""
        return self.thread is not None and not self.thread.is_alive()

    def busy_for(self, now: float) -> float:
        """Return for how many seconds the actor has been inside one message; 0 while it is idle."""
        since = self.busy_since
        return 0.0 if since is None else now - since


class Inbox:
    """Three queues, and a `get` that also returns a `Tick` when `wake_at` (monotonic) has come.

    What makes safe or keeps alive overtakes everything else, and questions of clients to supervisor and interlocks come last.
    A permit that renews the one before is no news, and wakes nobody: the latest is taken out ahead of whatever ends the sleep.
    Ticks and letters that are always there take turns, so that neither keeps the other waiting.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.wake_at: float | None = None
        self.vitals = Vitals(self.clock.monotonic())
        self._renewal: deque[Any] = deque(maxlen=1)
        self._urgent: deque[Any] = deque()
        self._letters: deque[Any] = deque()
        self._questions: deque[Any] = deque()
        self._ticked = False
        """Whether what `get` returned last was a tick."""
        self._wake: Wake | None = None

    def put(self, item: Any, /) -> None:
        """Append an envelope. Any thread."""
        message = item.message
        if isinstance(message, Permit) and message.renews:
            self._renewal.append(item)
            return
        lane = self._urgent if isinstance(message, _URGENT) else self._questions if isinstance(message, _QUESTIONS) else self._letters
        lane.append(item)
        self.poke()

    def poke(self) -> None:
        """Have `get` look again, at its letters and at the clock. Any thread; after an injected clock was moved, too."""
        wake = self._wake
        if wake is not None:  # else nobody has slept yet
            wake.set()

    def empty(self) -> bool:
        """Return whether no message waits."""
        return not (self._urgent or self._letters or self._questions)

    def more(self, kind: type[Any]) -> list[Any]:
        """Take the messages of `kind` that come next, with no other letter in between: they can be served together. Actor thread."""
        taken = []
        while self._letters and isinstance(self._letters[0].message, kind):
            taken.append(self._letters.popleft().message)
        return taken

    def open(self) -> Wake:
        """Get what `get` sleeps on, a descriptor, if there is none yet; raises OSError when there is none to be had. Actor thread."""
        if self._wake is None:
            self._wake = Wake()
        return self._wake

    def close(self) -> None:
        """Give the descriptor back; letters still arrive, and wake nobody. Actor thread."""
        wake, self._wake = self._wake, None
        if wake is not None:
            wake.close()

    def get(self) -> Any:
        """Return the next envelope, or a `Tick`. Actor thread."""
        self.vitals.busy_since = None
        try:
            while True:
                item = self._next()
                if item is not None:
                    return item
                wake = self.open()
                if self.empty():
                    wake.wait(None if self.wake_at is None else self.wake_at - self.clock.monotonic())
        finally:
            self.vitals.taken += 1
            self.vitals.busy_since = self.clock.monotonic()

    def _next(self) -> Any:
        """Take what comes next out; None while nothing has come."""
        waiting = self._letters or self._questions
        due = self.wake_at is not None and self.clock.monotonic() >= self.wake_at
        if self._renewal and (self._urgent or waiting or due):
            return self._renewal.popleft()
        if self._urgent:
            return self._urgent.popleft()
        self._ticked = due and not (waiting and self._ticked)
        if self._ticked:
            self.wake_at = None
            return _TICK
        return waiting.popleft() if waiting else None


def teller(ref: pykka.ActorRef[Any]) -> Tell:
    """Return a `tell` that never raises: a message to a dead actor is lost, and every request has a deadline."""
    inbox: Any = ref.actor_inbox
    put, stopped = inbox.put, ref.actor_stopped.is_set

    def tell(message: Any) -> None:
        if not stopped():
            put(Letter(message))

    return tell
