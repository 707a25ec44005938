"""The loop of `pilotage watch`: ask, draw, wait for a key. rich draws; it is imported here and nowhere else."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

from pilotage import Client, ClientError
from pilotage.documents import Description, Status
from supervisor.cli.watch.board import Board
from supervisor.cli.watch.frame import Line, frame
from supervisor.cli.watch.history import BLOCKS, PLAIN
from supervisor.cli.watch.keys import keyboard
from supervisor.cli.watch.several import stacked

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_Answer = tuple[Status, Description | None, float]
"""What a daemon says, its units if they were asked for, and when that was (monotonic)."""

STYLES: Final = {"head": "reverse", "good": "green", "bad": "bold red", "dim": "dim", "plain": "", "spark": "cyan"}
STEPS: Final = {"up": -1, "down": 1, "page up": -10, "page down": 10}
LOOK: Final = 0.1
"""Seconds between two looks for an answer."""


class Watched:
    """One bench: its questions are asked in a thread of the pool, and what is known of it is kept in the main thread."""

    def __init__(self, client: Client, span: float) -> None:
        self.board = Board(client.endpoint, span)
        self._client = client
        self._answer: Future[_Answer] | None = None

    def ask(self, pool: Executor) -> None:
        """Ask again, unless the last question is still out."""
        if self._answer is None:
            self._answer = pool.submit(self._asked)

    def _asked(self) -> _Answer:
        status = self._client.status()
        now = time.monotonic()
        return status, self._client.describe() if self.board.needs_description(status, now) else None, now

    def take(self) -> bool:
        """Take the answer if it has come; return whether none is waited for."""
        if self._answer is not None and self._answer.done():
            answer, self._answer = self._answer, None
            try:
                status, description, now = answer.result()
            except ClientError as error:
                self.board.miss(str(error), time.monotonic(), time.time())
            else:
                self.board.see(status, description, now, time.time())
        return self._answer is None


def watch(clients: Sequence[Client], interval: float, span: float) -> None:
    """Show the benches until `q`, Ctrl-C (KeyboardInterrupt) or SIGTERM (SystemExit); the terminal is left as it was. Main thread.

    `interval` is the seconds between two questions, `span` the seconds of a sparkline. One that does not answer keeps no other waiting.
    """
    from rich.console import Console
    from rich.live import Live

    benches = [Watched(client, span) for client in clients]
    console = Console()
    levels = BLOCKS if console.encoding.startswith("utf") else PLAIN
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with ThreadPoolExecutor(len(benches)) as pool, keyboard() as keys, Live(console=console, screen=True, auto_refresh=False) as live:
            scroll = 0
            while True:
                for bench in benches:
                    bench.ask(pool)
                until = time.monotonic() + interval
                while (now := time.monotonic()) < until:
                    waiting = [bench for bench in benches if not bench.take()]
                    lines, scroll = _picture([bench.board for bench in benches], console, now, scroll, levels)
                    live.update(_text(lines), refresh=True)
                    key = keys.wait(min(until - now, LOOK) if waiting else until - now)
                    if key == "quit":
                        return
                    scroll += STEPS.get(key, 0)
    finally:
        signal.signal(signal.SIGTERM, before)


def _picture(boards: list[Board], console: Console, now: float, scroll: int, levels: str) -> tuple[list[Line], int]:
    if len(boards) > 1:
        return stacked(boards, console.width, console.height, now, scroll, levels)
    boards[0].scroll = scroll
    return frame(boards[0], console.width, console.height, now, levels), boards[0].scroll


def _text(lines: list[Line]) -> Text:
    from rich.text import Text

    text = Text(no_wrap=True, end="")
    for number, line in enumerate(lines):
        text.append("\n" if number else "")
        for piece, style in line:
            text.append(piece, STYLES[style])
    return text


def _end(number: int, frame_: FrameType | None) -> NoReturn:
    del frame_
    sys.exit(128 + number)
