"""The log of the daemon: native journal entries under systemd, colours on a terminal, one JSON object a line elsewhere.

`set_up` once, before the first record; every other function may be called in any thread, and does nothing where `set_up` was not called.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from actors.core.clock import Clock, SystemClock
from supervisor.exits import before_leaving
from supervisor.journal.book import Book, Follower, Output, Watcher
from supervisor.journal.levels import LEVELS, Threshold
from supervisor.journal.native import Journal, is_connected
from supervisor.journal.stream import Lines, LineWriter, console_lines, json_line

__all__ = ["LEVELS", "follow", "say", "set_level", "set_up", "state", "tell", "tend", "watch"]

_book: Book | None = None


def set_up(level: str, clock: Clock | None = None) -> None:
    """Configure structlog for this process; `level` is a key of `LEVELS`. Main thread, once."""
    global _book  # noqa: PLW0603 - the log is one for the process, as structlog's configuration is
    structlog = _structlog()
    threshold = Threshold(structlog, level)
    _book = Book(_output(), clock or SystemClock(), threshold)
    book = _book
    structlog.configure(
        processors=[structlog.processors.add_log_level, _as_it_is],
        wrapper_class=threshold.wrapper,
        logger_factory=lambda *_names: _Pen(book),
        cache_logger_on_first_use=True,
    )
    # Pykka reports a crash with a traceback of its own; the child has told the supervisor, which records it once.
    logging.getLogger("pykka").setLevel(logging.CRITICAL + 1)
    atexit.register(book.close)
    before_leaving.append(book.close)


def set_level(level: str) -> str | None:
    """Keep records from `level` (a key of `LEVELS`) on; return what held before, None where no log was set up."""
    return None if _book is None else _book.set_level(level)


def say(level: str, event: str, **facts: Any) -> None:
    """Write a record whatever the level is set to: for what a person has just asked for."""
    if _book is not None:
        _book.say(level, event, **facts)
    else:
        getattr(_structlog().get_logger(), level)(event, **facts)


def tell(text: str) -> None:
    """Print a line for the person at the terminal, whatever the level is set to; nothing where there is no terminal."""
    if _book is not None and isinstance(_book.output, Lines):
        _book.output.tell(text)


def watch(watched: Mapping[str, int], watcher: Watcher) -> None:
    """Have `watcher` called for the events of `watched` (event -> number of its lowest level), whatever the level is set to."""
    if _book is not None:
        _book.watch(watched, watcher)


def follow(follower: Follower) -> None:
    """Have `follower` called for every record from info on, whatever the level is set to."""
    if _book is not None:
        _book.follow(follower)


def tend() -> None:
    """Write what has become due. The main thread, about twice a second."""
    if _book is not None:
        _book.tend()


def state() -> dict[str, Any] | None:
    """Return what `status` says of the log."""
    return None if _book is None else _book.state()


class _Pen:
    """What structlog's loggers write with: their last processor hands the whole record over."""

    __slots__ = ("critical", "debug", "error", "info", "warning")

    def __init__(self, book: Book) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = book.take


def _as_it_is(_logger: Any, _method: str, record: dict[str, Any]) -> tuple[tuple[dict[str, Any]], dict[str, Any]]:
    return (record,), {}


def _output() -> Output:
    stream = sys.stderr
    writer = LineWriter(stream)
    if is_connected(stream) or is_connected(sys.stdout):
        return Journal(writer)
    if stream is not None and stream.isatty():
        return Lines(writer, console_lines(colours=_colours()), person=True)
    return Lines(writer, json_line)


def _colours() -> bool:
    """Return whether this terminal shows colours, and its user wants them (no-color.org)."""
    return os.name != "nt" and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _structlog() -> Any:
    """Import structlog without what it loads beside itself and nobody here uses: a third of a daemon's start, 10 MiB.

    asyncio is loaded by whoever asks it for anything; rich, which it looks for on its own, is not there for as long as that takes.
    """
    sys.modules.setdefault("asyncio", _Later("asyncio"))
    # Python 3.12 and later would ask asyncio for the task of every record.
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    hidden = "rich" not in sys.modules
    if hidden:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog
        import structlog.dev
    finally:
        if hidden:
            del sys.modules["rich"]
    return structlog


class _Later(ModuleType):
    """Stands for a module until something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        """Load the module; from then on it is itself for everybody who imports it."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
