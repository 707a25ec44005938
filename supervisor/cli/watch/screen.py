"""The loop of `pilotage watch`: ask, draw, wait for a key. rich draws; it is imported here and nowhere else."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

from pilotage import Client, ClientError
from supervisor.cli.watch.board import Board
from supervisor.cli.watch.frame import Line, frame
from supervisor.cli.watch.history import BLOCKS, PLAIN
from supervisor.cli.watch.keys import keyboard

if TYPE_CHECKING:
    from rich.text import Text

STYLES: Final = {"head": "reverse", "good": "green", "bad": "bold red", "dim": "dim", "plain": "", "spark": "cyan"}
STEPS: Final = {"up": -1, "down": 1, "page up": -10, "page down": 10}


def watch(client: Client, interval: float, span: float) -> None:
    """Show the bench until `q`, Ctrl-C (KeyboardInterrupt) or SIGTERM (SystemExit); the terminal is left as it was. Main thread.

    `interval` is the seconds between two questions, `span` the seconds of a sparkline.
    """
    from rich.console import Console
    from rich.live import Live

    board = Board(client.endpoint, span)
    console = Console()
    levels = BLOCKS if console.encoding.startswith("utf") else PLAIN
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with keyboard() as keys, Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                _ask(client, board)
                until = time.monotonic() + interval
                while (now := time.monotonic()) < until:
                    lines = frame(board, console.width, console.height, now, levels)
                    live.update(_text(lines), refresh=True)
                    key = keys.wait(until - now)
                    if key == "quit":
                        return
                    board.scroll += STEPS.get(key, 0)
    finally:
        signal.signal(signal.SIGTERM, before)


def _ask(client: Client, board: Board) -> None:
    try:
        status = client.status()
        now = time.monotonic()
        description = client.describe() if board.needs_description(status, now) else None
    except ClientError as error:
        board.miss(str(error), time.monotonic(), time.time())
    else:
        board.see(status, description, now, time.time())


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
