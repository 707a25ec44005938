"""One picture of the board: lines of styled text that fill the terminal exactly. Pure; knows nothing of rich.

Sensors come first; what does not fit of them is scrolled. Events take the room that is left.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable, Iterator
from typing import Final

from pilotage.documents import ChildStatus, Status
from pilotage.documents.settling import HOLDING
from pilotage.words import level
from supervisor.cli.outcome import loop_notes
from supervisor.cli.report import interlock_reason, output_notes, taken_for, troubles
from supervisor.cli.watch.board import Board
from supervisor.cli.watch.changes import Change
from supervisor.cli.watch.history import BLOCKS
from supervisor.cli.words import duration, quantity, shortened

Line = list[tuple[str, str]]
"""Pieces of text, each with its style: `head`, `good`, `bad`, `dim`, `plain` or `spark`."""
TONES: Final = {"running": "good", "starting": "plain", "degraded": "bad"}
NAME, VALUE, AGE, STATE = 18, 14, 8, 8
ASKED, READS = 9, 20
HELD, POWER = 10, 7
LEAST_EVENTS: Final = 3
LEAST_SENSORS: Final = 1
LONGEST_SPARK: Final = 60
LONGEST_TITLE: Final = 30
ROOM_FOR_TITLES: Final = 110
"""Columns from which on sparklines leave room for titles."""
LEAST_ROOM: Final = 12
"""Columns in which it is worth to begin a sentence that goes on below."""
LOUD: Final = {"tripped": "has TRIPPED", "holding": "is holding"}
"""Interlocks in these states get a line of their own, with the reason."""


def frame(board: Board, width: int, height: int, now: float, levels: str = BLOCKS) -> list[Line]:
    """Return exactly `height` lines of at most `width` characters."""
    top, bottom = [title(board, now)], [_footer(board, width)]
    if board.status is None:
        lines = [*top, *([_waiting(board, now)] if board.silent_since is not None else [])]
        lines += [[] for _ in range(height - len(lines) - 1)] + bottom
        return [cut(line, width) for line in lines][:height]
    sensors = list(_sensors(board, board.status, width, now, levels))
    others = _others(board, board.status, width)
    room = max(height - len(top) - len(bottom) - len(others) - 2 - LEAST_EVENTS, LEAST_SENSORS)
    board.scroll = max(min(board.scroll, len(sensors) - room), 0)
    shown = sensors[board.scroll : board.scroll + room]
    body = _faded(board, [*([_sensor_head(board, len(sensors), len(shown), width)] if sensors else []), *shown, *others])
    body.append([("events".ljust(width), "head")])
    left = max(height - len(top) - len(bottom) - len(body), 0)
    body += list(event_lines(board.events, width))[-left:] if left else []
    lines = [*top, *body]
    lines = lines[: height - 1] + [[] for _ in range(height - 1 - len(lines))] + bottom
    return [cut(line, width) for line in lines]


def whole(board: Board, width: int, now: float, levels: str = BLOCKS) -> list[Line]:
    """Return all there is to show of a bench but its events, in as many lines as that takes; of one never seen, that it is waited for."""
    if board.status is None:
        return [_waiting(board, now)] if board.silent_since is not None else []
    sensors = list(_sensors(board, board.status, width, now, levels))
    head = [_sensor_head(board, 0, 0, width)] if sensors else []
    return _faded(board, [*head, *sensors, *_others(board, board.status, width)])


def _others(board: Board, status: Status, width: int) -> list[Line]:
    return [*_outputs(board, status, width), *_loops(status, width), *_interlocks(status)]


def _faded(board: Board, lines: list[Line]) -> list[Line]:
    """Return lines as they are, or all of them dim if the bench does not answer any more."""
    return lines if board.silent_since is None else [[(text, "dim") for text, _ in line] for line in lines]


def title(board: Board, now: float) -> Line:
    """Return the line that says which daemon this is, and whether all is well."""
    status = board.status
    if status is None:
        return [("pilotage watch  ", "plain"), (f"asking {board.endpoint}", "dim")]
    mode = "SIMULATED" if status["simulated"] else "hardware"
    title: Line = [(f"pilotage {status['version']}, {mode}, up {duration(status['uptime_s'])}  ", "plain")]
    if board.silent_since is not None:
        return [*title, (f"NO ANSWER for {duration(now - board.seen_at)}: what you see is old", "bad")]
    found = troubles(status)
    return [*title, (", ".join(found), "bad") if found else ("all is well", "good")]


def _waiting(board: Board, now: float) -> Line:
    since = duration(now - (board.silent_since or now))
    return [(f"no answer for {since}; this goes on asking", "bad")]


def _footer(board: Board, width: int) -> Line:
    keys = "q quit  arrows scroll"
    return [(f"{keys}{shortened(board.endpoint, 40).rjust(width - len(keys))}", "dim")]


def _sensor_head(board: Board, total: int, shown: int, width: int) -> Line:
    of = f" {board.scroll + 1}-{board.scroll + shown} of {total}" if shown < total else ""
    head = f"{'sensor' + of:<{NAME}} {'value':>{VALUE}} {'age':>{AGE}} {'state':<{STATE}} last {duration(board.span)}"
    return [(head.ljust(width), "head")]


def _sensors(board: Board, status: Status, width: int, now: float, levels: str) -> Iterator[Line]:
    column = _title_column(board, width)
    rest = max(min(column - NAME - VALUE - AGE - STATE - 4, LONGEST_SPARK), 1)
    for name, child in status["children"].items():
        if child["kind"] != "sensor":
            continue
        state = (f"{shortened(child['state'], STATE):<{STATE}} ", TONES.get(child["state"], "bad"))
        last = child.get("last")
        if child["state"] not in {"running", "degraded"} or not last or not last["values"]:
            reason = child["error"]["message"] if child["error"] else ""
            yield from _spread([(f"{shortened(name, NAME):<{NAME}} {'-':>{VALUE}} {'-':>{AGE}} ", "plain"), state], reason, "bad", width)
            continue
        age = duration(last["age_s"] + max(now - board.seen_at, 0.0))
        for number, (channel, value) in enumerate(last["values"].items()):
            units, resolution = board.scales.get((name, channel), ("", None))
            label = name if number == 0 else f"{name}.{channel}"
            head = f"{shortened(label, NAME):<{NAME}} {shortened(quantity(value, units, resolution), VALUE):>{VALUE}} {age:>{AGE}} "
            if value is None:
                yield from _spread([(head, "plain"), state], last["faults"].get(channel, ""), "bad", width)
            else:
                spark = board.histories[name, channel].sparkline(rest, now, resolution, levels)
                yield _titled([(head, "plain"), state, (spark, "spark")], board.titles.get(name, "") if number == 0 else "", column, width)


def _outputs(board: Board, status: Status, width: int) -> Iterator[Line]:
    if not status["outputs"]:
        return
    column = _title_column(board, width)
    yield [(f"{'output':<{NAME}} {'asked':>{ASKED}} {'reads back':>{READS}} {'state':<{STATE}} ".ljust(width), "head")]
    for name, output in status["outputs"].items():
        child: ChildStatus = status["children"][name]
        units, _ = board.scales.get((name, None), ("", None))
        asked = level(output["asked"], units).partition(" of ")[0]
        head = f"{shortened(name, NAME):<{NAME}} {shortened(asked, ASKED):>{ASKED}} {level(output['read_back'], units):>{READS}} "
        line: Line = [(head, "plain"), (f"{shortened(child['state'], STATE):<{STATE}} ", TONES.get(child["state"], "bad"))]
        if child["error"] is not None:
            yield from _spread(line, child["error"]["message"], "bad", width)
        else:
            notes, kind = ", ".join(output_notes(output, units)), taken_for(output)
            whole = ", ".join(filter(None, (notes, kind)))
            fits = sum(len(text) for text, _ in line) + len(whole) <= width
            first, *more = _spread(line, whole if fits else notes, "dim", width)
            yield _titled(first, board.titles.get(name, ""), column, width)
            yield from more
            yield from () if fits or not kind else ([(f"    {piece}", "dim")] for piece in textwrap.wrap(kind, max(width - 4, 1)))


def _loops(status: Status, width: int) -> Iterator[Line]:
    """Yield what each loop is to hold, where its set-point in force is, what the value is, and what power that takes."""
    loops = status.get("loops", {})
    if loops:
        yield [(f"{'loop':<{NAME}} {'holds':>{HELD}} {'in force':>{HELD}} {'value':>{HELD}} {'power':>{POWER}} state".ljust(width), "head")]
    for name, loop in loops.items():
        on = loop["state"] in HOLDING
        held = [loop["set_point"] if on else None, loop["working"], loop["value"]]
        cells = [f"{shortened(quantity(value, loop['units'], 0.01), HELD):>{HELD}}" for value in held]
        head = f"{shortened(name, NAME):<{NAME}} {' '.join(cells)} {quantity(loop['output_pct'], '%', 0.1):>{POWER}} "
        tone = "good" if loop["state"] == "settled" else "bad" if loop["state"] in {"lost", "saturated"} else "plain"
        text = "" if on else loop_notes(loop) or loop["why"]
        yield from _spread([(head, "plain"), (f"{loop['state']:<{STATE}} ", tone)], text, "dim", width)


def _title_column(board: Board, width: int) -> int:
    """Return the column at which titles begin: `width` where there is no room for them."""
    longest = min(max(map(len, board.titles.values()), default=0), LONGEST_TITLE)
    return width - longest - 2 if longest and width >= ROOM_FOR_TITLES else width


def _titled(line: Line, title: str, column: int, width: int) -> Line:
    """Return a line with the title of its sensor or output behind it, if there is room."""
    used = sum(len(text) for text, _ in line)
    start = max(column, used) + 2
    return [*line, (" " * (start - used) + shortened(title, width - start), "dim")] if title and column < width and start < width else line


def _spread(line: Line, text: str, style: str, width: int) -> Iterator[Line]:
    """Yield a line with a text behind it, and what does not fit of that below."""
    room = max(width - sum(len(piece) for piece, _ in line), 0)
    first = text if len(text) <= room else textwrap.wrap(text, room)[0] if room > LEAST_ROOM else ""
    yield [*line, (first, style)]
    below = text.strip().removeprefix(first).strip()
    yield from ([(f"    {piece}", style)] for piece in textwrap.wrap(below, max(width - 4, 1)))


def _interlocks(status: Status) -> Iterator[Line]:
    quiet: dict[str, list[str]] = {}
    for name, entry in status["interlocks"].items():
        if entry["state"] in LOUD:
            yield [(f"{name} {LOUD[entry['state']]}: {interlock_reason(entry)}", "bad")]
        else:
            quiet.setdefault(entry["state"], []).append(name)
    if quiet:
        pieces = [(f"{state}: {', '.join(names)}  ", "good" if state == "armed" else "dim") for state, names in quiet.items()]
        yield [("interlocks  ", "plain"), *pieces]


def event_lines(events: Iterable[tuple[float, Change]], width: int) -> Iterator[Line]:
    """Yield events, each with the time of day of its Unix time."""
    for wall, change in events:
        stamp = time.strftime("%H:%M:%S ", time.localtime(wall))
        for number, text in enumerate(textwrap.wrap(change.text, max(width - len(stamp), len(stamp)))):
            yield [(" " * len(stamp) if number else stamp, "dim"), (text, change.tone)]


def cut(line: Line, width: int) -> Line:
    """Return what fits into `width`, with `~` where it was cut."""
    fitting: Line = []
    left = width
    for text, style in line:
        if left <= 0:
            break
        fitting.append((shortened(text, left), style))
        left -= len(text)
    return fitting
