"""Threads that are inside a call that does not come back: fenced, counted, and expected. Python cannot end a thread. Supervisor thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import structlog

from actors.core import events
from actors.errors import Fault
from actors.messages import Stop
from supervisor.tree.children.restart_policy import Event
from supervisor.tree.children.specs import Record, Running

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

    def add(self, record: Record, event: Event, fault: Fault) -> str | None:
        """Count the thread of a child that hangs, no other; return why the whole process must be replaced for it, or None."""
        running = record.running
        if running is None or (event is not Event.HUNG and fault.code != "hung"):
            return None
        news = (
            fault.code == "hung" and record.reported[1] != "hung"
        )  # else the bus is to blame, or it was said: nor is the return news then
        self._lost[record.spec.id, record.life.generation] = running, news
        running.tell(Stop())  # for when it comes back
        spec = record.spec
        again = sum(child == spec.id for child, _ in self._lost) > 1  # only the interlocks begin anew before a lost thread is back
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
