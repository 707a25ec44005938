"""The commands about loops, on a daemon whose loop has never been tuned, and a tuning drawn in characters."""

from __future__ import annotations

import json

import pytest

from supervisor.cli.watch.curve import HEIGHT, picture
from tests.e2e.daemon import Daemon
from tests.supervisor.cli.conftest import Run


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("hold", "chauffe", "45"), 74, "pilotage tune chauffe"),
        (("hold", "chauffe", "450"), 64, "450 °C is no set-point of chauffe: allowed are 20 to 80 °C, or 0 for off"),
        (("hold", "chaufe", "45"), 64, "no loop is called"),
        (("tune", "chauffe", "--around", "450"), 64, "out_of_range"),
        (("hold", "chauffe", "off"), 0, "chauffe is off"),
        (("read", "chauffe"), 0, "chauffe is off"),
    ],
)
def test_what_the_commands_say(daemon: Daemon, run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    ended, out, err = run(*words, "--endpoint", daemon.endpoint)
    assert ended == code
    assert said in (err if code else out)


def test_the_state_of_a_loop_as_json(daemon: Daemon, run: Run) -> None:
    code, out, _ = run("read", "chauffe", "--json", "--endpoint", daemon.endpoint)
    assert code == 0
    assert json.loads(out)["state"] == "off"


def test_a_tuning_is_drawn_with_its_ends_and_its_power() -> None:
    lines = picture([[0.0, 20.0, 0.0], [10.0, 35.0, 80.0], [20.0, 27.5, 0.0]], width=20)
    assert len(lines) == HEIGHT + 2
    assert lines[0].startswith("    35.0 |")
    assert lines[HEIGHT - 1] == "    20.0 |*"
    assert lines[HEIGHT].startswith("   power |_##########_")
    assert lines[-1].endswith("20 s")
    assert picture([[0.0, 20.0, 0.0]]) == []
