"""What a person reads who starts the daemon on a terminal."""

import re
from pathlib import Path

import pytest

from tests.e2e.daemon import ROOT

pytest.importorskip("termios", reason="pseudo-terminals are Unix")

from tests.supervisor.cli.terminal import Terminal

LINE = re.compile(r"\d\d:\d\d:\d\d (warning |error |critical )?.+  [a-z_]+")


def test_each_record_is_a_sentence_and_once_ready_a_line_says_what_to_type(tmp_path: Path) -> None:
    with Terminal(tmp_path, "run", "--simulate", "--config", str(ROOT / "config.py"), "--port", "0") as terminal:
        seen = terminal.wait_for("in another terminal type")
        terminal.wait_for("rh_sortie is running  child_started")
        terminal.press(b"\x03")
        code, last, _ = terminal.end()
    lines = seen.splitlines()
    ready = next(line for line in lines if line.startswith("ready: "))
    port = re.findall(r"Ready on port (\d+)  daemon_ready", seen)[0]
    assert ready.startswith(f"ready: a simulated bench at port {port}, for this computer alone (for others too: --bind '*')")
    assert [line for line in lines if not LINE.fullmatch(line) and not line.startswith("ready: ")] == []
    assert not re.search(r"\w+=\w+", seen), "no field names"
    assert code == 0
    assert "Stopped, exit code 0" in last.decode()
