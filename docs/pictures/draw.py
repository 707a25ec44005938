"""Draws the pictures of the documents: from a text file beside this one each, and `watch.svg` from a bench that runs.

    python3 dev.py pictures           all pictures that are made from text
    python3 dev.py pictures watch     also that of `pilotage watch`: four minutes on a simulated bench

A text file has a title, `# ...`, and then one line per box: `> name | where | words` with an arrow to the next, or `= ...` without.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SANS, MONO = "system-ui,sans-serif", "ui-monospace,Menlo,Consolas,monospace"
WIDTH: Final = 760
WRAP: Final = 104
"""Characters of 13 pixels that fit into a box."""
COLOURS: Final = {"good": "#3fb950", "bad": "#ff7b72", "dim": "#8b949e", "plain": "#e6edf3", "spark": "#39c5cf", "head": "#0d1117"}
CELL, LINE = 7.2, 16
COLUMNS, ROWS = 100, 26
SECONDS: Final = 50
"""How long the bench of the picture is watched while its loop holds."""


def drawn(text: str) -> str:
    """Return the SVG of a text file; raises ValueError for a line that is neither a title nor a box."""
    title, *boxes = [line.strip() for line in text.splitlines() if line.strip()]
    y, body = 40, [_text(16, 25, title.removeprefix("# "), 16, bold=True)]
    for number, box in enumerate(boxes, 1):
        sign, name, where, *lines = _box(box)
        height = 34 + 18 * len(lines)
        body.append(f'<rect x="8" y="{y}" width="{WIDTH - 16}" height="{height}" rx="6" fill="#eef3f8" stroke="#7d8fa3"/>')
        body.append(_text(20, y + 21, f"{number}. {name}" if sign == ">" else name, 14, bold=True))
        body.append(_text(WIDTH - 20, y + 21, where, 12, family=MONO, end=True))
        body += [_text(20, y + 41 + 18 * row, line, 13) for row, line in enumerate(lines)]
        y += height + 6
        if sign == ">" and number < len(boxes):
            body.append(f'<path d="M{WIDTH // 2 - 8} {y - 4}h16l-8 12z" fill="#7d8fa3"/>')
            y += 12
    return _svg(WIDTH, y + 4, "#ffffff", title.removeprefix("# "), body)


def _box(line: str) -> list[str]:
    sign, _, rest = line.partition(" ")
    parts = [part.strip() for part in rest.split("|")]
    if sign not in {">", "="} or len(parts) != 3:  # noqa: PLR2004 - name, where, words
        raise ValueError(f"neither `> name | where | words` nor `= name | where | words`: {line}")
    return [sign, parts[0], parts[1], *textwrap.wrap(parts[2], WRAP)]


def _text(x: float, y: float, text: str, size: int, *, bold: bool = False, family: str = SANS, end: bool = False) -> str:
    extra = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-family="{family}" fill="#1b2733"{extra}>{escape(text)}</text>'


def _svg(width: float, height: float, background: str, title: str, body: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">'
    frame = f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{background}"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", frame, *body, "</svg>", ""])


def screen(lines: list[list[tuple[str, str]]]) -> str:
    """Return the SVG of a terminal with these lines of styled pieces, as `supervisor.cli.watch.frame` makes them."""
    body = []
    for row, line in enumerate(lines):
        column, y = 0, 12 + LINE * (row + 1)
        for piece, style in line:
            x, length = 12 + CELL * column, len(piece)
            column += length
            if style == "head":
                body.append(f'<rect x="{x:g}" y="{y - 12}" width="{CELL * length:g}" height="{LINE}" fill="#c9d1d9"/>')
            if piece.strip():
                start = length - len(piece.lstrip())
                shown = piece.strip()
                at, wide = x + CELL * start, CELL * len(shown)
                body.append(f'<text x="{at:g}" y="{y}" textLength="{wide:g}" fill="{COLOURS[style]}">{escape(shown)}</text>')
    group = f'<g font-family="{MONO}" font-size="12" xml:space="preserve">'
    return _svg(24 + CELL * COLUMNS, 28 + LINE * len(lines), "#0d1117", "pilotage watch", [group, *body, "</g>"])


@contextlib.contextmanager
def simulated() -> Iterator[str]:
    """Run a simulated bench of its own; its endpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "supervisor", "run", "--simulate", "--no-web", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
        try:
            yield f"127.0.0.1:{port}"
        finally:
            daemon.terminate()


def watched() -> str:
    """Return the picture of `pilotage watch`: a bench whose loop has tuned itself and holds, a sensor of which is pulled off at the end."""
    from pilotage import Client
    from supervisor.cli.watch.board import Board
    from supervisor.cli.watch.frame import frame

    with simulated() as endpoint, Client(endpoint, timeout=10) as client:
        board = Board("raspberrypi", SECONDS)
        while client.loop("chauffe")["value"] is None:
            time.sleep(0.1)
        client.loop("chauffe", tune={})
        while client.loop("chauffe")["state"] == "tune":
            time.sleep(1)
        client.hold("chauffe", 45, wait=True)
        client.set("ventilateur", 60)
        for second in range(SECONDS):
            if second == SECONDS - 9:
                client.fault("t_entree", "unplug")
            now = time.monotonic()
            board.see(client.status(), client.describe() if second == 0 else None, now, time.time())
            time.sleep(1)
        return screen(frame(board, COLUMNS, ROWS, time.monotonic()))


def main() -> None:
    """Draw."""
    for source in sorted(HERE.glob("*.txt")):
        source.with_suffix(".svg").write_text(drawn(source.read_text(encoding="utf-8")), encoding="utf-8")
    if "watch" in sys.argv[1:]:
        (HERE / "watch.svg").write_text(watched(), encoding="utf-8")


if __name__ == "__main__":
    main()
