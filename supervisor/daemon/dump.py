"""Where every thread stands and how every child is, written to the log: on SIGUSR1, and before an end that is not in good order."""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
import traceback
from collections.abc import Iterable
from types import FrameType
from typing import Any, Final

from actors.core import events
from supervisor import journal
from supervisor.tree.state import State
from supervisor.tree.status import status

FRAMES: Final = 30
"""Innermost frames of a stack that are shown."""
PIECE: Final = 3500
"""Characters of one record's text, so that no field of it gets too long for `journalctl -o json`."""


class Request:
    """Whether SIGUSR1 has asked for a dump. The handler only sets an attribute: it may interrupt any line of the main thread."""

    def __init__(self) -> None:
        """Take over SIGUSR1 where there is such a signal, and have a fatal signal print all stacks. Main thread."""
        self._asked = False
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, self._on_signal)
        try:
            faulthandler.enable()
        except (AttributeError, OSError, RuntimeError, ValueError):  # no stderr with a descriptor
            return

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def taken(self) -> bool:
        """Return whether a dump was asked for since this was last asked. Main thread."""
        asked, self._asked = self._asked, False
        return asked


def report(state: State | None, level: str = "info") -> None:
    """Record every thread's stack and the supervision tree, at `level` but whatever the log's level is. Main thread.

    It waits for no lock and no actor: it works while they hang.
    """
    for name, number, text in stacks():
        journal.say(level, events.THREAD_STACK, thread=name, thread_id=number, text=text)
    try:
        pieces = list(_pieces(tree(state))) if state is not None else []
    except Exception as error:  # noqa: BLE001 - read while its owner may be changing it
        pieces = [f"cannot be read: {error}"]
    for part, text in enumerate(pieces, 1):
        journal.say(level, events.SUPERVISION_TREE, part=part, parts=len(pieces), text=text)


def stacks() -> list[tuple[str, str, str]]:
    """Return name, the kernel's number and stack of every Python thread, the innermost frame last. Any thread."""
    known = {thread.ident: thread for thread in threading.enumerate()}
    found = []
    for number, frame in sys._current_frames().items():  # noqa: SLF001 - documented, and the only way to see another thread's stack
        shown = traceback.format_list(traceback.extract_stack(frame)[-FRAMES:])
        text = "".join(shown).rstrip("\n")
        thread = known.get(number)
        name, kernels = (thread.name, str(thread.native_id)) if thread is not None else (str(number), "unknown")
        found.append((name, kernels, text if len(text) <= PIECE else f"...\n{text[-PIECE:]}"))
    return sorted(found)


def tree(state: State) -> list[str]:
    """Return one line for every child."""
    document = status(state, [])
    lines = [f"up {document['uptime_s']} s, bench {document['config']}, {document['abandoned_threads']} threads abandoned"]
    lines += [f"{name}: {bus['state']} since {bus['since_s']} s{_error(bus)}" for name, bus in document["buses"].items()]
    lines += [_child(name, child, document["outputs"].get(name)) for name, child in document["children"].items()]
    return lines


def _child(name: str, child: dict[str, Any], output: dict[str, Any] | None) -> str:
    text = f"{name} ({child['kind']}, {child['where']}): {child['state']} since {child['since_s']} s, generation {child['generation']}"
    if output is not None:
        text += f", asked {output['asked']}, reads back {output['read_back']}"
    if child["next_attempt_s"] is not None:
        text += f", next attempt in {child['next_attempt_s']} s"
    return text + _error(child)


def _error(entry: dict[str, Any]) -> str:
    error = entry["error"]
    return "" if error is None else f", {error['code']}: {error['message']}"


def _pieces(lines: Iterable[str]) -> Iterable[str]:
    """Yield the lines in texts of at most `PIECE` characters."""
    piece = ""
    for line in lines:
        short = line[:PIECE]
        if piece and len(piece) + len(short) >= PIECE:
            yield piece
            piece = ""
        piece = f"{piece}\n{short}" if piece else short
    if piece:
        yield piece
