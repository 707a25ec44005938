"""Being signed in under many names, and staying in: what is to be sent when, and what the coordinator's answers mean. Pure.

Times are monotonic seconds. Whoever sends what `orders` returns, and reports every answer of a coordinator with `answered`, is back by
itself after a coordinator was killed, stopped or replaced, and after a cable was pulled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from actors.errors import Fault
from pilotage.wire import leco
from pilotage.wire.leco import Answer

BEAT: Final = 1.0
"""Seconds between two questions whether the coordinator is there: what is lost shows that soon, and for PyMoDAQ a second is no matter."""
KEEP: Final = 5.0
"""Seconds between two signs of life of a name: a coordinator forgets one after 15 to 45 s."""
ANSWERS_WITHIN: Final = 3.0
"""Seconds after which a sign-in that nobody answered is tried over another connection."""
SILENT: Final = 3.0
"""Seconds without an answer after which another connection is tried; the one so far is kept until one of the two says something."""
TAKEN: Final = 5.0
"""Seconds until a name that somebody else has is tried again."""
TRIED: Final = 10.0
"""Seconds for which a connection is tried beside a silent one before it is made anew: what it has to say waits in it, once, until then."""
ENDED: Final = 0.2
"""Seconds that the end of a connection gets to reach the coordinator before its identity is used again."""
PROMPT: Final = 1.0
"""Seconds within which a coordinator answers that has no queue."""
STEADY: Final = 2.0
"""Seconds of prompt answers after which nothing from before can be in a queue any more."""


@dataclass(slots=True)
class _Seat:
    """One name: `out`, `asked`, `in` or `taken`, since `at`; what is out, or taken, is asked for at `at`."""

    state: str
    at: float


@dataclass(frozen=True, slots=True)
class Order:
    """What to send to the coordinator: a call of `method` for `name`, or a sign of life (None) that wants no answer."""

    name: str
    method: str | None


class Membership:
    """The seats of one bench. `namespace` is the coordinator's once one has let us in.

    `attempt` counts connections: the actor makes a new one when it has grown; `second` tells which of the two identities it has, and
    `kept` that the one before is still there: it has only been silent.
    A coordinator holds a name for the identity that it was signed in with, and lets nobody speak who has an identity that is connected
    already. So there are two, always the same: over a connection with the other one it shows that the coordinator is there again; then
    the silent one is ended, and what is free is signed in with.
    """

    def __init__(self, names: tuple[str, ...], now: float) -> None:
        self.names, self.namespace = names, ""
        self.attempt, self.second, self.kept = 0, False, False
        self.since = now
        self.refused = self._switched = False
        self._seats = {name: _Seat("out", now) for name in names}
        self._asked: dict[bytes, tuple[str, str, float]] = {}
        self._beat_at = self._keep_at = now
        self._beaten = float("-inf")
        self._waiting: float | None = None
        self._steady_since: float | None = None

    @property
    def main(self) -> str:
        """The bench's own name."""
        return self.names[0]

    def full(self, name: str) -> str:
        """Return a name with its namespace, as soon as that is known."""
        return f"{self.namespace}.{name}" if self.namespace else name

    def signed_in(self) -> list[str]:
        """Return the names under which we can be reached."""
        return [name for name, seat in self._seats.items() if seat.state == "in"]

    def taken(self) -> list[str]:
        """Return the names that somebody else has."""
        return [name for name, seat in self._seats.items() if seat.state == "taken"]

    def fault(self, now: float, where: str) -> Fault | None:
        """Return why the bench is not in the network of the coordinator at `where`, or None."""
        states = {seat.state for seat in self._seats.values()}
        if self.refused or ("taken" in states and "asked" not in states):
            taken = self.taken()
            names = ", ".join(taken) if taken and self.main not in taken else self.main
            return Fault("name_taken", f"another component in the network has the name {names}: give this bench another one in LECO")
        silent = self._waiting is not None and now - self._waiting > ANSWERS_WITHIN
        if silent or len(self.signed_in()) < len(self.names):
            return Fault("not_joined", f"no coordinator answers at {where}; it is tried again every few seconds")
        return None

    def steady(self, now: float) -> bool:
        """Whether the coordinator has answered promptly for so long, up to this moment, that nothing can wait in its queues."""
        if self._steady_since is None or now - self._steady_since < STEADY or now - self._beaten > BEAT + PROMPT / 2:
            return False
        return self._waiting is None or now - self._waiting <= PROMPT

    def orders(self, now: float) -> list[Order]:
        """Return what is to be sent now; `asked` is to be told of each call that was."""
        self._look(now)
        found = [Order(name, "sign_in") for name, seat in self._seats.items() if seat.state in {"out", "taken"} and now >= seat.at]
        if self._seats[self.main].state == "in" and now >= self._beat_at:
            self._beat_at, self._beaten = now + BEAT, now
            found.append(Order(self.main, "pong"))
        if now >= self._keep_at:
            self._keep_at = now + KEEP
            found += [Order(name, None) for name, seat in self._seats.items() if seat.state == "in" and name != self.main]
        return found

    def due(self, now: float) -> float:
        """Return when `orders` is to be asked again."""
        seats = [seat.at + (self._patience if seat.state == "asked" else 0.0) for seat in self._seats.values() if seat.state != "in"]
        beat = [self._beat_at] if self._seats[self.main].state == "in" else []
        return max(min([self._keep_at, *seats, *beat]), now)

    def rename(self, names: tuple[str, ...], now: float) -> list[str]:
        """Go on with other names, the first of them the same; return those to sign out."""
        gone = [name for name in self.signed_in() if name not in names]
        self.names = names
        self._seats = {name: self._seats.get(name) or _Seat("out", now) for name in names}
        return gone

    def asked(self, order: Order, conversation: bytes, now: float) -> None:
        """Note a call that was sent."""
        if order.method == "sign_in":
            self._seats[order.name] = _Seat("asked", now)
        elif self._waiting is None:
            self._waiting = now
        self._asked[conversation] = (order.name, order.method or "", now)
        if len(self._asked) > 4 * len(self.names) + 32:
            del self._asked[next(iter(self._asked))]

    def answered(self, name: str, sender: str, conversation: bytes, answer: Answer, now: float) -> None:
        """Take in an answer of a coordinator that came for `name`."""
        asked, method, sent = self._asked.pop(conversation, ("", "", 0.0))
        self.kept = self.kept and not method
        if answer.code == leco.NOT_SIGNED_IN:
            for each in self.names if name == self.main else (name,):
                if each in self._seats and self._seats[each].state != "asked":
                    self._seats[each] = _Seat("out", now)
            self._waiting, self._steady_since = None, None
        elif method == "sign_in":
            self._let_in(asked, sender, answer, now)
        elif method == "pong" and answer.code is None:
            self._beat_answered(sent, now)

    def _let_in(self, name: str, sender: str, answer: Answer, now: float) -> None:
        if answer.code is None:
            self.namespace = sender.rpartition(".")[0]
            self._seats[name] = _Seat("in", now)
            if name == self.main:
                self.since, self.refused, self._switched = now, False, False
            return
        self._seats[name] = _Seat("taken", now + TAKEN)
        if len(self.taken()) == len(self.names):  # by ourselves, perhaps, under the other identity
            self.refused = self._switched
            if not self._switched:
                self._switched = True
                self._seats = {each: _Seat("taken", now + ENDED) for each in self.names}

    def _beat_answered(self, sent: float, now: float) -> None:
        if now - sent > PROMPT:
            self._steady_since = None
        elif self._steady_since is None:
            self._steady_since = now
        later = [when for _name, method, when in self._asked.values() if method == "pong" and when > sent]
        self._waiting = min(later, default=None)

    @property
    def _patience(self) -> float:
        return TRIED if self.kept else ANSWERS_WITHIN

    def _look(self, now: float) -> None:
        """Give a connection up over which nobody answers."""
        silent = self._waiting is not None and now - self._waiting > SILENT
        main = self._seats[self.main]
        unanswered = main.state == "asked" and now - main.at > self._patience
        if silent:
            self.kept = True
            self._connect_anew(now, second=not self.second)
        elif unanswered:  # the identity of one that is kept is not free
            self._connect_anew(now, second=self.second if self.kept else not self.second)
        elif len(self.taken()) == len(self.names) and now >= main.at:
            self._connect_anew(now, second=not self.second)
        for seat in self._seats.values():
            if seat.state == "asked" and now - seat.at > self._patience:
                seat.state, seat.at = "out", now

    def revert(self, now: float) -> None:
        """Go on with the connection that was kept: it has said something, and its identity may still be the one that is signed in."""
        self.kept, self.second = False, not self.second
        self._begin_anew(now)

    def _connect_anew(self, now: float, *, second: bool) -> None:
        self.attempt, self.second = self.attempt + 1, second
        self._begin_anew(now)

    def _begin_anew(self, now: float) -> None:
        self._seats = {name: _Seat("out", now) for name in self.names}
        self._asked.clear()
        self._waiting, self._steady_since = None, None
