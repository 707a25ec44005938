"""`pilotage watch` on a real terminal, against a real daemon."""

import re
import signal
import sys
from pathlib import Path

import pytest

from pilotage import Client
from tests.e2e.daemon import ROOT, Daemon
from tests.supervisor.cli.conftest import Run

pytest.importorskip("termios", reason="pseudo-terminals are Unix")

from tests.supervisor.cli.terminal import Terminal

LEAVE = b"\x1b[?1049l"
"""What brings back the screen that was there before."""


def watch(folder: Path, endpoint: str, *more: str, **variables: str) -> Terminal:
    return Terminal(folder, "watch", "--endpoint", endpoint, "--interval", "0.1", *more, variables=variables)


def test_it_shows_the_bench_and_q_ends_it_cleanly(daemon: Daemon, bench: Client, tmp_path: Path) -> None:
    with watch(tmp_path, daemon.endpoint) as terminal:
        seen = terminal.wait_for("events")
        assert "SIMULATED" in seen
        assert "T_emc.external" in seen
        bench.set("ventilateur", 77)
        terminal.wait_for("ventilateur was set to 77")
        bench.fault("t_sortie", "nak")
        assert "no acknowledge at 0x4B" in terminal.wait_for("t_sortie: running -> degraded")
        terminal.press(b"q")
        code, last, restored = terminal.end()
    assert code == 0
    assert restored
    assert LEAVE in last


def test_a_signal_ends_it_as_cleanly(daemon: Daemon, tmp_path: Path) -> None:
    with watch(tmp_path, daemon.endpoint) as terminal:
        terminal.wait_for("T_emc")
        terminal.process.send_signal(signal.SIGTERM)
        ended, last, restored = terminal.end()
    assert ended == 128 + signal.SIGTERM
    assert restored
    assert LEAVE in last
    assert b"Traceback" not in last


def test_ctrl_c_on_the_keyboard_ends_it(daemon: Daemon, tmp_path: Path) -> None:
    with watch(tmp_path, daemon.endpoint) as terminal:
        terminal.wait_for("T_emc")
        terminal.press(b"\x03")
        code, last, restored = terminal.end()
    assert (code, restored) == (0, True)
    assert b"Traceback" not in last


def test_a_daemon_that_comes_goes_and_comes_back_is_followed(tmp_path: Path) -> None:
    arguments = ("--simulate", "--config", str(ROOT / "config.py"))
    with Daemon(tmp_path, *arguments) as daemon:
        port = daemon.ready().port
        with watch(tmp_path, f"127.0.0.1:{port}", "--timeout", "0.3") as terminal:
            terminal.wait_for("SIMULATED")
            assert daemon.end() == 0
            terminal.wait_for("what you see is old")
            again = ("--bind", "127.0.0.1", "--port", str(port))
            with Daemon(tmp_path, *arguments, *again, own_port=True):
                terminal.wait_for("the daemon was started anew", patience=20)
                terminal.press(b"q")
                assert terminal.end()[0] == 0


def test_it_waits_for_a_daemon_that_is_not_there_yet_and_can_be_ended(tmp_path: Path) -> None:
    with watch(tmp_path, "127.0.0.1:1", "--timeout", "0.1") as terminal:
        terminal.wait_for("no answer for")
        terminal.press(b"q")
        assert terminal.end()[0] == 0


def test_a_terminal_that_knows_only_ascii_gets_ascii(daemon: Daemon, tmp_path: Path) -> None:
    with watch(tmp_path, daemon.endpoint, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii") as terminal:
        seen = terminal.wait_for("events")
        assert not any(block in seen for block in "▁▂▃▄▅▆▇█")
        terminal.press(b"q")
        assert terminal.end()[0] == 0


def test_without_rich_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    code, out, err = run("watch")
    assert (code, out) == (69, "")
    (hint,) = re.findall(r"here: (?:sudo )?(\S+) -m pip install \"rich>=13\"; ", err)
    assert Path(hint).resolve() == Path(sys.executable).resolve(), "the command of this very environment"


def test_without_a_terminal_it_names_the_command_for_programs(run: Run) -> None:
    code, out, err = run("watch")
    assert (code, out) == (64, "")
    assert "status --json" in err
