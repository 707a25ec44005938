"""Mailboxes: Pykka's `ActorInbox` with a wake-up time, three lanes and a heartbeat."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from actors.core.clock import Clock, SystemClock
from actors.core.wakeup import Wake
from actors.messages import Heartbeat, Permit, Query, ResetInterlock, Safe, Shutdown, Stop, Tick

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
    """A FIFO whose `get` also returns a `Tick` when `wake_at` (monotonic) has come.

    What makes safe or keeps alive overtakes everything else, and questions of clients to supervisor and interlocks come last.
    Ticks and letters that are always there take turns, so that neither keeps the other waiting.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.wake_at: float | None = None
        self.vitals = Vitals(self.clock.monotonic())
        self._urgent: deque[Any] = deque()
        self._letters: deque[Any] = deque()
        self._questions: deque[Any] = deque()
        self._letters_turn = False
        self._asleep = False
        self._poked = False
        self._wake: Wake | None = None

    def put(self, item: Any, /) -> None:
        """Append an envelope. Any thread."""
        message = item.message
        lane = self._urgent if isinstance(message, _URGENT) else self._questions if isinstance(message, _QUESTIONS) else self._letters
        lane.append(item)
        if self._asleep:
            self._asleep = False
            self._rouse()

    def poke(self) -> None:
        """Make a waiting `get` look at the clock again. Any thread; used when an injected clock was moved."""
        self._poked = True
        self._rouse()

    def _rouse(self) -> None:
        wake = self._wake
        if wake is not None:  # else nobody has slept yet
            wake.set()

    def empty(self) -> bool:
        """Return whether no message waits."""
        return not (self._urgent or self._letters or self._questions)

    def more(self, kind: type[Any]) -> list[Any]:
        """Take the messages of `kind` that come next, with no other letter in between: they can be served together. Actor thread."""
        letters, taken = self._letters, []
        for _ in range(len(letters)):
            if not isinstance(letters[0].message, kind):
                break
            taken.append(letters.popleft().message)
        return taken

    def open(self) -> Wake:
        """Get what `get` sleeps on, a descriptor, if there is none yet; raises OSError when there is none to be had. Actor thread."""
        if self._wake is None:
            self._wake = Wake()
        return self._wake

    def close(self) -> None:
        """Give the descriptor back; letters still arrive, and wake nobody. Actor thread."""
        self._asleep = False
        wake, self._wake = self._wake, None
        if wake is not None:
            wake.close()

    def get(self) -> Any:
        """Return the next envelope, or a `Tick`. Actor thread."""
        vitals = self.vitals
        vitals.busy_since = None
        try:
            while True:
                timeout = None if self.wake_at is None else self.wake_at - self.clock.monotonic()
                waiting = self._letters or self._questions
                if timeout is not None and timeout <= 0 and not self._urgent and not (self._letters_turn and waiting):
                    self.wake_at = None
                    self._letters_turn = True
                    return _TICK
                if self._urgent:
                    return self._urgent.popleft()
                if waiting:
                    self._letters_turn = False
                    return waiting.popleft()
                wake = self.open()
                wake.rearm()
                self._asleep = True  # first this, then another look: whoever puts does it the other way round
                if self.empty() and not self._poked:
                    wake.wait(timeout)
                self._asleep = self._poked = False
        finally:
            vitals.taken += 1
            vitals.busy_since = self.clock.monotonic()
