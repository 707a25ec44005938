"""A long stretch of history, asked for piece by piece: from the recorder, or from its files where it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from pilotage.endpoints import default_endpoint, endpoint_of, is_here
from pilotage.endpoints import host_and_port as split
from pilotage.errors import ClientError, UnreachableError
from pilotage.history import web
from pilotage.history.columns import Columns
from pilotage.history.moments import duration, iso, moment
from recorder import places
from recorder.store.reader import Reader

PIECE: Final = 3600.0
"""Seconds of one piece, if every reading is asked for; an hour of a hundred channels at 10 Hz is more than a small computer holds."""
ROWS: Final = 5000
"""Rows of one piece, if means are asked for."""
MOST_ROWS: Final = 20_000_000
"""Rows beyond which a question is a slip of the one who asks."""
WIDTH: Final = 30

Source = Callable[[list[str], float, float, float | None], Columns]
"""What answers: names, start and end in Unix seconds, seconds of a mean or None."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, in Unix seconds; `every` so many seconds, None for every reading."""

    names: list[str]
    start: float
    end: float
    every: float | None

    @classmethod
    def of(cls, names: list[str], start: str, end: str, every: str | None, now: float) -> Question:
        """Return what a person has typed; raises ValueError with a sentence."""
        begin, stop = moment(start, now), moment(end, now)
        if begin >= stop:
            raise ValueError(f"from {iso(begin)} to {iso(stop)} is no stretch of time")
        step = None if every is None else duration(every)
        if step is not None and (stop - begin) / step > MOST_ROWS:
            raise ValueError(f"every {every} makes more than {MOST_ROWS} rows")
        # Rows of a grid are at whole multiples, so that two exports fit each other.
        return cls(list(dict.fromkeys(names)), begin if step is None else begin // step * step, stop, step)

    @property
    def piece(self) -> float:
        """Seconds of one piece of the answer."""
        return PIECE if self.every is None else self.every * ROWS


def parts(question: Question, source: Source) -> Iterator[Columns]:
    """Yield the answer piece by piece; raises ClientError."""
    start = question.start
    while start < question.end:
        end = min(start + question.piece, question.end)
        yield source(question.names, start, end, question.every)
        start = end


def told(found: Iterator[Columns], question: Question, terminal: TextIO) -> Iterator[Columns]:
    """Hand on the pieces; say on a terminal how far it is, and in the end during which times the clock was not known to be right."""
    shows, spans = question.end - question.start > 2 * question.piece and terminal.isatty(), []
    for columns in found:
        yield columns
        spans += columns.unsynchronised
        if shows:
            share = (columns.end - question.start) / (question.end - question.start)
            terminal.write(f"\r[{'#' * round(share * WIDTH):<{WIDTH}}] {share:4.0%}")
            terminal.flush()
    if shows:
        terminal.write("\r\x1b[K")
    if spans:
        terminal.write(f"from {iso(spans[0][0])} to {iso(spans[-1][1])} the clock of the bench was not set: its times may be wrong\n")


def ask_files(folder: Path) -> Source:
    """Return what answers from the files in `folder`; raises ClientError where there are none."""
    if not any(folder.glob("history-*.db")):
        raise ClientError("no_history", f"{folder} holds no history")
    reader = Reader(folder)

    def ask(names: list[str], start: float, end: float, every: float | None) -> Columns:
        known = reader.names()
        if unknown := [name for name in names if name not in known]:
            raise ClientError("unknown_name", f"nothing was kept of {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
        return reader.read(names, start, end, every)

    return ask


def ask_page(page: str | None, endpoint: str | None, environ: Mapping[str, str]) -> Source:
    """Return what answers from the recorder, or from its files if it is this computer's and does not answer; raises ClientError."""
    try:
        where = endpoint_of(endpoint) if endpoint is not None else default_endpoint(environ)
    except ValueError as error:
        raise ClientError("bad_endpoint", str(error)) from None
    url = page or web.page_of(where, environ)

    def ask(names: list[str], start: float, end: float, every: float | None) -> Columns:
        try:
            return web.ask(url, names, start, end, every)
        except UnreachableError:
            here = places.found(environ) if page is None and is_here(split(where)[0]) else None
            if here is None:
                raise
            return ask_files(here)(names, start, end, every)

    return ask
