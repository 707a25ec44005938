"""The end: first every output safe, each answered for by what it then reads back, then everybody stopped. Supervisor thread."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from actors.core import events
from actors.errors import Fault
from actors.messages import Done, Safe, Stop, Tell
from supervisor.tree.children.record import Record

log = structlog.get_logger()


class MakingSafe:
    """Who was told to go to the safe value, and has not answered yet."""

    def __init__(self, reply: Tell) -> None:
        self._reply = reply
        self._awaited: dict[int, str] = {}

    def order(self, records: Iterable[Record]) -> None:
        """Tell every output among `records` that runs, ahead of anything queued."""
        for record in records:
            if record.spec.kind == "output" and record.running is not None:
                ticket = len(self._awaited)
                self._awaited[ticket] = record.spec.id
                record.running.tell(Safe("stop", ticket, self._reply))

    def answered(self, done: Done) -> None:
        """Note an answer; one that could not be verified is worth a record, whatever else it has caused."""
        child = self._awaited.pop(done.ticket, None)
        if child is not None and isinstance(done.result, Fault):
            reason = f"it is not known to be at its safe value: {done.result.message}"
            log.critical(events.OUTPUT_FAULT, actor=child, error_code=done.result.code, reason=reason)

    @property
    def done(self) -> bool:
        """Whether everybody has answered."""
        return not self._awaited


def stop_all(records: Iterable[Record]) -> None:
    """Tell everybody that runs to end in good order: the second stage."""
    for record in records:
        if record.running is not None:
            record.running.tell(Stop())
