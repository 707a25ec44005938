"""One picture of several benches, one below the other, with the events of all of them at the end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from supervisor.cli.report import troubles
from supervisor.cli.watch.board import Board
from supervisor.cli.watch.frame import LEAST_EVENTS, Line, cut, event_lines, title, whole
from supervisor.cli.watch.history import BLOCKS
from supervisor.cli.words import shortened

NAME: Final = 40
"""Columns that the address of a bench may take of its line."""


def stacked(boards: Sequence[Board], width: int, height: int, now: float, scroll: int, levels: str = BLOCKS) -> tuple[list[Line], int]:
    """Return exactly `height` lines of at most `width` characters, and `scroll` within its bounds: the line that is the first one shown."""
    lines: list[tuple[Board, Line]] = []
    for board in boards:
        lines.append((board, [(f"{_name(board)}  ", "head"), *_told(board, now)]))
        lines += [(board, line) for line in whole(board, width, now, levels)]
        lines.append((board, []))
    room = max(height - 3 - LEAST_EVENTS, 1)
    scroll = max(min(scroll, len(lines) - room), 0)
    shown = lines[scroll : scroll + room]
    above = f"; the first line is of {_name(shown[0][0])}" if scroll and shown else ""
    body = [
        [("pilotage watch  ", "plain"), *_summary(boards), (above, "dim")],
        *(line for _, line in shown),
        [("events".ljust(width), "head")],
    ]
    left = max(height - len(body) - 1, 0)
    body += _events(boards, width)[-left:] if left else []
    body = body[: height - 1] + [[] for _ in range(height - 1 - len(body))]
    return [cut(line, width) for line in [*body, [("q quit  arrows scroll", "dim")]]][:height], scroll


def _told(board: Board, now: float) -> Line:
    if board.status is None:
        return [("NO ANSWER yet" if board.silent_since is not None else "is asked", "bad" if board.silent_since is not None else "dim")]
    return title(board, now)


def _summary(boards: Sequence[Board]) -> Line:
    silent = sum(board.silent_since is not None for board in boards)
    ill = sum(board.silent_since is None and board.status is not None and bool(troubles(board.status)) for board in boards)
    parts = [f"{number} {word}" for number, word in ((ill, "not well"), (silent, "without an answer")) if number]
    return [(f"{len(boards)} benches: ", "plain"), (", ".join(parts), "bad") if parts else ("all is well", "good")]


def _events(boards: Sequence[Board], width: int) -> list[Line]:
    found = [(wall, change._replace(text=f"{_name(board)}: {change.text}")) for board in boards for wall, change in board.events]
    return list(event_lines(sorted(found, key=lambda event: event[0]), width))


def _name(board: Board) -> str:
    return shortened(board.endpoint.removeprefix("tcp://"), NAME)
