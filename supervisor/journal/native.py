"""Records as native journal entries: every fact a field of its own. The wire is the one of `logging_journald` (docs/decisions/0005).

Field rules: systemd.journal-fields(7) and https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, TextIO

from actors.core.events import VOCABULARY
from supervisor.journal.sentences import text_of
from supervisor.journal.stream import LineWriter

PRIORITIES: Final = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""Level -> PRIORITY, as syslog(3) numbers them."""
FIELD_LIMIT: Final = 4000
"""Bytes of a field: `journalctl -o json` shows null for a longer one (its limit is 4096 with the name) unless it is given `--all`."""
TRACEBACK_LIMIT: Final = 60_000
"""Bytes of TRACEBACK, for a program; its end is in MESSAGE, too."""
BACKLOG: Final = 256
"""Records that wait here while the journal's own queue is full; what comes then is dropped and counted."""
IDENTIFIER: Final = b"pilotage"
_RESERVED: Final = re.compile(
    r"(MESSAGE|PRIORITY|DOCUMENTATION|TID|UNIT|USER_UNIT)|(MESSAGE_ID|CODE_|SYSLOG_|INVOCATION|USER_INVOCATION).*"
)
"""Names that mean something else to the journal."""

Fields = list[tuple[str, bytes]]


def fields(record: Mapping[str, Any], message: str) -> Fields:
    """Return the journal's fields of `record`: names it takes, values within the limits."""
    entry = VOCABULARY.get(str(record["event"]))
    ids = entry.message_ids if entry is not None else {}
    message_id = ids.get(str(record.get("error_code"))) or ids.get("")
    trace = record.get("traceback")
    text = message if trace is None else f"{message}\n{trace}"
    result: Fields = [
        ("MESSAGE", cut(text, keep_end=trace is not None)),
        ("PRIORITY", str(PRIORITIES.get(str(record.get("level")), PRIORITIES["info"])).encode()),
        ("SYSLOG_IDENTIFIER", IDENTIFIER),
    ]
    if message_id is not None:
        result.append(("MESSAGE_ID", message_id.encode()))
    for name, value in record.items():
        limit = TRACEBACK_LIMIT if name == "traceback" else FIELD_LIMIT
        result.append((field_name(name), cut(_value(value), limit, keep_end=name == "traceback")))
    return result


def field_name(name: str) -> str:
    """Return `name` as the journal accepts it: A-Z, 0-9 and _, not beginning with _ or a digit, at most 64 characters."""
    known = re.sub(r"[^A-Z0-9_]", "_", name.upper())[:64]
    if _RESERVED.fullmatch(known) or not re.match(r"[A-Z]", known):
        return f"FIELD_{known}"[:64]
    return known


def cut(text: str, limit: int = FIELD_LIMIT, *, keep_end: bool = False) -> bytes:
    """Return `text` in UTF-8, shortened to `limit` bytes between two characters; with `keep_end` its beginning is left out.

    The first line always stays.
    """
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= limit:
        return raw
    head = raw.partition(b"\n")[0][: limit // 2] if keep_end else b""
    mark = b"\n...\n" if keep_end else b"..."
    room = limit - len(head) - len(mark)
    part = raw[-room:].decode("utf-8", "ignore").encode() if keep_end else raw[:room].decode("utf-8", "ignore").encode()
    return head.decode("utf-8", "ignore").encode() + mark + part if keep_end else part + mark


def _value(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        try:
            return json.dumps(value, default=text_of)
        except (TypeError, ValueError, RecursionError):
            return text_of(value)
    return text_of(value)


def is_connected(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether `stream` goes to the journal, as JOURNAL_STREAM says (systemd.exec(5)): inherited by children, so it is compared."""
    device, _, inode = environment.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(stream.fileno()) if stream is not None and device else None
    except (OSError, ValueError):
        return False
    return found is not None and (device, inode) == (str(found.st_dev), str(found.st_ino))


class Journal:
    """The output of records to journald. `write` may be called in any thread and never waits: the socket is non-blocking."""

    name = "journal"

    def __init__(self, fallback: LineWriter, path: str | None = None) -> None:
        from logging_journald import JournaldTransport

        # Not connected: the path is looked up for every record, so a journald that was restarted, or is not there yet, costs none.
        self._transport = JournaldTransport(path, connected=False)
        self._transport.socket.settimeout(0)
        self._fallback = fallback
        self._backlog: deque[Fields] = deque()
        self._lock = threading.Lock()
        self._full = 0
        self._told = 0

    def write(self, record: Mapping[str, Any], message: str) -> None:
        """Send one record; it waits here while journald's queue is full, and goes to stderr when there is no journald."""
        entry = fields(record, message)
        with self._lock:
            self._pump()
            if not self._backlog and self._sent(entry):
                return
            if len(self._backlog) < BACKLOG:
                self._backlog.append(entry)
            else:
                self._full += 1

    def losses(self) -> int:
        """Return how many records were lost since this was last asked, once there is room to say so."""
        with self._lock:
            self._pump()
            lost = self.dropped - self._told
            if not lost or self._backlog:
                return 0
            self._told += lost
            return lost

    @property
    def dropped(self) -> int:
        """How many records were lost in all."""
        return self._full + self._fallback.dropped

    def close(self) -> None:
        """Send what waits, as far as journald takes it, and close the socket."""
        with self._lock:
            self._pump()
            self._full += len(self._backlog)
            self._backlog.clear()
            self._transport.socket.close()
        self._fallback.close()

    def _pump(self) -> None:
        while self._backlog and self._sent(self._backlog[0]):
            self._backlog.popleft()

    def _sent(self, entry: Fields) -> bool:
        """Send `entry`, or hand it to stderr when that cannot work; return False when journald's queue is full."""
        try:
            self._transport.send(entry)
        except BlockingIOError:
            return False
        except OSError:  # no journald there, or it cannot take this record
            values = dict(entry)
            text = values["MESSAGE"].decode("utf-8", "replace").replace("\n", "\n  ")
            self._fallback.put(f"<{values['PRIORITY'].decode()}>{values['EVENT'].decode()}: {text}")
        return True
