"""Records as lines on a stream, written by a thread of its own: a terminal that is paused, or a pipe that nobody reads, stops no actor."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, TextIO

from actors.core.clock import iso
from supervisor.journal.sentences import text_of

QUEUE: Final = 2000
"""Lines that may wait; what comes then is dropped and counted."""
ROOM: Final = QUEUE // 2
"""Waiting lines below which there is room to say how many were dropped."""
LAST_WORDS: Final = 1.0
"""Seconds that the writing of the last lines may take at the end."""


_SMALL: Final = "2"
_GRAVE: Final = {"warning": "33", "error": "31", "critical": "31;1"}
"""How a terminal shows these levels; the others are not said."""


class LineWriter:
    """A bounded queue of lines and the thread that empties it, started with the first line. `put` never waits."""

    def __init__(self, stream: TextIO | None) -> None:
        self.dropped = 0
        self._stream = stream
        self._lines: deque[str] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, line: str) -> None:
        """Queue `line`, or count it as dropped. Any thread."""
        with self._changed:
            if len(self._lines) >= QUEUE or self._stream is None or self._closed:
                self.dropped += 1
                return
            self._lines.append(line)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
                self._thread.start()

    def has_room(self) -> bool:
        """Return whether the reader keeps up."""
        return len(self._lines) < ROOM

    def close(self, patience: float = LAST_WORDS) -> None:
        """Write what waits, for at most `patience` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._lines and not self._closed:
                    self._changed.wait()
                if not self._lines:
                    return
                lines = list(self._lines)
                self._lines.clear()
            try:
                assert self._stream is not None  # noqa: S101 - `put` queues nothing without a stream
                self._stream.write("".join(f"{line}\n" for line in lines))
                self._stream.flush()
            except (OSError, ValueError):  # nobody reads any more, or the stream is closed
                self.dropped += len(lines)


class Lines:
    """The output of records as lines, each made by `render`."""

    name = "stderr"

    def __init__(self, writer: LineWriter, render: Callable[[Mapping[str, Any], str], str], *, person: bool = False) -> None:
        self._writer = writer
        self._render = render
        self._person = person
        self._told = 0

    def write(self, record: Mapping[str, Any], message: str) -> None:
        """Queue one record. Any thread; never waits."""
        self._writer.put(self._render(record, message))

    def tell(self, text: str) -> None:
        """Queue a line that is no record, for a person."""
        if self._person:
            self._writer.put(text)

    def losses(self) -> int:
        """Return how many records were lost since this was last asked, once there is room to say so."""
        lost = self._writer.dropped - self._told
        if not lost or not self._writer.has_room():
            return 0
        self._told += lost
        return lost

    @property
    def dropped(self) -> int:
        """How many records were lost in all."""
        return self._writer.dropped

    def close(self) -> None:
        """Write what waits, within `LAST_WORDS`."""
        self._writer.close()


def json_line(record: Mapping[str, Any], message: str) -> str:
    """Return `record` as one JSON object on one line."""
    head = {"timestamp": iso(time.time()), "level": record["level"], "event": record["event"], "message": message}
    return json.dumps({**head, **record}, default=text_of)


def console_lines(*, colours: bool) -> Callable[[Mapping[str, Any], str], str]:
    """Return a renderer for people: the time of day, the level where it is grave, the sentence, and small behind it the event's name."""

    def styled(text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if colours and style else text

    def render(record: Mapping[str, Any], message: str) -> str:
        level, event = str(record.get("level", "")), str(record.get("event", ""))
        grave = f"{styled(level, _GRAVE[level])} " if level in _GRAVE else ""
        line = f"{styled(time.strftime('%H:%M:%S'), _SMALL)} {grave}{message}  {styled(event if colours else f'[{event}]', _SMALL)}"
        trace = record.get("traceback")
        return f"{line}\n{trace}" if trace else line

    return render
