"""Children whose thread does not come back: silence, and the threads that are lost until they return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import structlog

from actors.core import events
from actors.errors import Fault
from actors.messages import Stop
from supervisor.tree.children.record import Mailbox, Record, Running
from supervisor.tree.children.restart_policy import Happening

log = structlog.get_logger()

MAX_ABANDONED: Final = 16
"""Threads lost in hardware calls, in all, after which the process itself asks to be replaced."""


class LostThreads:
    """Each is one generation of a child; its child is not started again meanwhile, unless it can do without the hardware."""

    def __init__(self) -> None:
        self._lost: dict[tuple[str, int], tuple[Running, bool]] = {}

    def __len__(self) -> int:
        """Return how many threads are lost now."""
        return len(self._lost)

    def add(self, record: Record, event: Happening, fault: Fault) -> str | None:
        """Count the thread of a child that hangs, no other; return why the whole process must be replaced for it, or None."""
        running = record.running
        if running is None or (event is not Happening.HUNG and fault.code != "hung"):
            return None
        news = (
            fault.code == "hung" and record.reported[1] != "hung"
        )  # else the bus is to blame, or it was said: nor is the return news then
        self._lost[record.spec.id, record.life.generation] = running, news
        running.tell(Stop())  # for when it comes back
        spec = record.spec
        again = sum(child == spec.id for child, _ in self._lost) > 1  # only interlocks and loops begin anew before a lost thread is back
        if again or spec.kind == "gateway" or (spec.kind == "output" and not spec.on_bus):
            return f"the thread of {spec.id} is lost in a call that does not return"
        if len(self._lost) >= MAX_ABANDONED:
            return f"{len(self._lost)} threads are lost in calls that do not return, the last of them that of {spec.id}"
        return None

    def back(self, child: str, generation: int) -> bool:
        """Count a thread no more; return whether it was lost."""
        lost = self._lost.pop((child, generation), None)
        if lost is not None and lost[1]:
            log.info(events.CHILD_RETURNED, child=child, generation=generation)
        return lost is not None

    def ended(self) -> Iterator[tuple[str, int]]:
        """Yield child and generation of every lost thread that has come to its end without a word."""
        for (child, generation), (running, _) in tuple(self._lost.items()):
            if running.vitals.thread_has_ended:
                yield child, generation


LOOKS, LOOKS_APART = 3, 0.2
"""Looks at which it must have been under way, and seconds between them: on a busy machine its thread then had its chances to go on."""
STANDSTILL: Final = 1.0
"""Seconds between two looks, due every 0.25 s, above which the whole process stood still: stopped, or starved of processor time."""


class Silence:
    """Looks at the heartbeats. Supervisor thread."""

    def __init__(self) -> None:
        self._looked: float | None = None
        self._seen: dict[str, tuple[float, int, float]] = {}

    def of(self, records: Iterable[Record], now: float) -> Iterator[tuple[Record, Happening, Fault]]:
        """Yield which child is lost without having said so, and how. Tells the bus of a transfer that does not come back.

        When the whole process stood still, nobody is judged by the time that passed meanwhile before he had a moment to go on.
        """
        before, self._looked = self._looked, now
        if before is not None and now - before > STANDSTILL:
            return
        judged = list(records)
        overdue = {}
        for record in judged:  # first all of them: whoever waits behind a bus that is stuck does not hang by himself
            inside = self._overdue(record, now)
            if inside is not None:
                overdue[record.spec.id] = inside[0]
                if record.spec.line is not None:
                    record.spec.line.stuck(*inside)
        for record in judged:
            if record.spec.id not in overdue and _waits(record):
                continue
            loss = _unheard(record, now, overdue.get(record.spec.id))
            if loss is not None:
                yield record, *loss

    def _overdue(self, record: Record, now: float) -> tuple[str, float] | None:
        """Return the spot of a transfer that is not back in time, and since when it is under way, or None."""
        child = record.spec.id
        inside = record.running.inside() if record.running is not None else None
        if inside is None:
            self._seen.pop(child, None)
            return None
        began, looks, last = self._seen.get(child, (None, 0, now))
        if began != inside[1]:
            looks, last = 1, now
        elif now - last >= LOOKS_APART:
            looks, last = looks + 1, now
        self._seen[child] = inside[1], looks, last
        return inside if looks >= LOOKS and now - inside[1] > record.spec.patience else None


def _waits(record: Record) -> bool:
    """Whether the child lives and waits for its next message; looked at first, since of a bench at rest all do."""
    running = record.running
    if running is None or running.vitals.busy_since is not None or not running.ref.actor_inbox.empty():
        return False
    record.mailbox = None
    return not running.vitals.thread_has_ended


def _unheard(record: Record, now: float, overdue: str | None) -> tuple[Happening, Fault] | None:
    running = record.running
    if running is None:
        return None
    vitals = running.vitals
    if vitals.thread_has_ended and not vitals.ended:
        return Happening.LOST, Fault("vanished", "the actor ended without a word")
    if overdue is not None:
        return Happening.HUNG, Fault("hung", f"a transfer with {overdue} has not come back for {record.spec.patience:g} s")
    # Of these a new generation can begin at once: they hold no hardware, and what the old one says counts no more.
    event = Happening.LOST if record.spec.kind in {"interlock", "loop"} else Happening.HUNG
    limit = record.spec.start_up if record.life.serving_since is None else record.spec.hang
    if vitals.busy_for(now) > limit:
        return event, Fault("hung", f"{record.spec.id} has been busy with one thing for {limit:g} s")
    if _undrained_for(record, running, now) > limit:
        return event, Fault("hung", f"{record.spec.id} has taken nothing out of its mailbox for {limit:g} s")
    return None


def _undrained_for(record: Record, running: Running, now: float) -> float:
    """Return for how long messages have been waiting, none taken; 0 for an empty mailbox."""
    known = record.mailbox
    if known is None or known.vitals is not running.vitals or known.taken != running.vitals.taken or running.ref.actor_inbox.empty():
        record.mailbox = Mailbox(running.vitals, running.vitals.taken, now)
        return 0.0
    return now - known.since
