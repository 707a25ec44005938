"""`pilotage watch` with several benches: one below the other, and one that is lost costs the others nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage import Client
from pilotage.documents import Status
from supervisor.cli.watch.board import Board
from supervisor.cli.watch.several import stacked
from tests.e2e.daemon import Daemon
from tests.supervisor.cli.documents import description, sensor, status, trouble

UNITS = description(("t", "temp", "°C", 0.0625))
WELL = status({"t": sensor({"temp": 20.0})})
ILL = status({"t": sensor(None, state="absent", error=trouble())})


def board(endpoint: str, *documents: Status) -> Board:
    made = Board(endpoint, 300.0)
    for number, document in enumerate(documents):
        made.see(document, UNITS, 1000.0, 1_800_000_000.0 + number)
    return made


def texts(boards: list[Board], width: int = 80, height: int = 24, scroll: int = 0) -> list[str]:
    return ["".join(text for text, _ in line) for line in stacked(boards, width, height, 1010.0, scroll)[0]]


def test_each_bench_has_its_part_and_the_lost_one_says_so_while_the_others_go_on() -> None:
    lost, never = board("tcp://pi2:5555", WELL), board("tcp://pi3:5555")
    for one in (lost, never):
        one.miss("no daemon listens there", 1005.0, 1_800_000_005.0)
    lines = texts([board("tcp://pi1:5555", WELL, ILL), lost, never])
    assert lines[0] == "pilotage watch  3 benches: 1 not well, 2 without an answer"
    (first,) = [line for line in lines if line.startswith("pi1:5555  ")]
    assert first.endswith("t is absent")
    (second,) = [line for line in lines if line.startswith("pi2:5555  ")]
    assert "NO ANSWER for 10 s" in second
    (third,) = [line for line in lines if line.startswith("pi3:5555  ")]
    assert third.endswith("NO ANSWER yet")
    said = lines[[line.startswith("events") for line in lines].index(True) + 1 :]
    assert any("pi1:5555: t: running -> absent" in line for line in said)
    assert any("pi2:5555: no daemon listens there" in line for line in said)


@given(st.integers(1, 200), st.integers(1, 60), st.integers(-5, 100), st.integers(2, 5))
def test_it_fits_any_terminal_and_is_scrolled_within_bounds(width: int, height: int, scroll: int, count: int) -> None:
    boards = [board(f"tcp://bench{number}:5555", WELL) for number in range(count)]
    lines, first = stacked(boards, width, height, 1010.0, scroll)
    assert len(lines) == height
    assert all(sum(len(text) for text, _ in line) <= width for line in lines)
    assert 0 <= first <= 5 * count


def test_what_is_above_the_first_line_is_named() -> None:
    boards = [board(f"tcp://bench{number}:5555", WELL) for number in range(9)]
    assert "the first line is of bench2:5555" in texts(boards, 100, 12, 10)[0]


def test_a_bench_that_is_not_there_is_said_and_the_other_one_lives_on(daemon: Daemon, bench: Client, tmp_path: Path) -> None:
    pytest.importorskip("termios", reason="pseudo-terminals are Unix")
    from tests.supervisor.cli.terminal import Terminal

    with Terminal(
        tmp_path, "watch", "--endpoint", daemon.endpoint, "--endpoint", "127.0.0.1:1", "--interval", "0.1", variables={}
    ) as terminal:
        terminal.wait_for("1 without an answer")
        bench.set("ventilateur", 77)
        terminal.wait_for("ventilateur was set to 77")
        terminal.press(b"q")
        code, _last, restored = terminal.end()
    assert (code, restored) == (0, True)
