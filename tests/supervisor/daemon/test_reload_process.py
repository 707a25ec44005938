"""`systemctl reload` on a real process: SIGHUP, a client that reads all the while, and what the service manager hears."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actors.gateway.peer import Peer, aq, aq_pin, is_number, multi
from tests.fakes import Recorder, eventually
from tests.project.sources import ROOT

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
EVERYTHING = multi("AQ-MULTI", *(aq(address) for address in ("0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C")), aq_pin(18), aq_pin(23))


class Process:
    """`pilotage run` with its records, and a service manager's socket."""

    def __init__(self, folder: Path, notify: str = "notify") -> None:
        self.config = folder / "config.py"
        self.config.write_bytes((ROOT / "config.py").read_bytes())
        self.records = Recorder[dict[str, Any]]()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.setblocking(False)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "supervisor", "run", "--simulate", "--bind", "127.0.0.1", "--port", "0", "--config", str(self.config)],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": str(folder / notify), "PILOTAGE_WEB": "off"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self.port = self.wait_for("daemon_ready")["port"]

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.records.add(json.loads(line) if line.startswith("{") else {"event": line})

    def wait_for(self, event: str, count: int = 1) -> dict[str, Any]:
        """Return the latest record of `event`, once there are `count`."""
        found = self.records.wait_for(lambda records: sum(record["event"] == event for record in records) >= count, 30.0)
        return [record for record in found if record["event"] == event][-1]

    def edit(self, old: str, new: str) -> None:
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def hang_up(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    def heard(self) -> list[str]:
        """Return what the service manager was told so far, without the status line."""
        words: list[str] = []
        while True:
            try:
                datagram = self.manager.recv(4096).decode()
            except BlockingIOError:
                return [word for word in words if not word.startswith(("STATUS=", "MONOTONIC_USEC=", "WATCHDOG="))]
            words += datagram.splitlines()

    def close(self) -> int:
        self._process.terminate()
        code = self._process.wait(20)
        self._listener.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
        self.manager.close()
        return code


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    assert process.close() == 0


@pytest.fixture
def replies(process: Process) -> Iterator[Recorder[dict[str, Any]]]:
    """What a client is answered that asks for everything, again and again, for as long as the test goes on."""
    found, over = Recorder[dict[str, Any]](), threading.Event()

    def read() -> None:
        with Peer(f"tcp://127.0.0.1:{process.port}") as peer:
            while not over.is_set():
                found.add(peer.ask(EVERYTHING))

    process.wait_for("child_started", 9)
    thread = threading.Thread(target=read)
    thread.start()
    yield found
    over.set()
    thread.join()


def test_good_edits_of_the_same_size_and_bad_ones_under_a_client_that_reads(process: Process, replies: Recorder[dict[str, Any]]) -> None:
    replies.wait_for_count(5)
    heard = process.heard()
    assert heard == ["READY=1"]
    for count, (old, new) in enumerate((("°C", "°F"), ("°F", "°K")), 1):
        process.edit(f'"name": "t_entree",\n        "units": "{old}"', f'"name": "t_entree",\n        "units": "{new}"')
        process.hang_up()
        assert process.wait_for("config_reloaded", count)["changed"] == "t_entree"
    assert [record["child"] for record in process.records.items if record["event"] == "child_restarted"] in (["t_entree"], ["t_entree"] * 2)
    process.edit('"driver": "PWM"', '"driver": "PMW"')
    process.hang_up()
    process.wait_for("config_refused", 2)
    seen = len(replies.items)
    replies.wait_for_count(seen + 5)
    assert all(is_number(value) for reply in replies.items for value in reply["value"]), "nobody noticed anything"
    assert process.heard() == ["RELOADING=1", "READY=1"] * 3


def test_an_output_that_is_edited_is_off_and_the_daemon_is_the_same_process(process: Process) -> None:
    with Peer(f"tcp://127.0.0.1:{process.port}") as peer:
        peer.value({"type": "PI", "register": "pin", "pin": 18, "value": 100})
        peer.value({"type": "PI", "register": "pin", "pin": 23, "value": 50})
        process.edit('"pwm_frequency": 100,', '"pwm_frequency": 160,')
        process.hang_up()
        assert process.wait_for("config_reloaded")["changed"] == "resistance"
        assert peer.value(multi("AQ-MULTI", aq_pin(18), aq_pin(23))) == [100, 0]


def test_a_file_that_never_comes_to_an_end_does_not_keep_the_daemon_from_ending(process: Process) -> None:
    process.wait_for("child_started", 9)
    process.edit("I2C_BUS_ID = 1", "I2C_BUS_ID = 1\nwhile True: pass")
    process.hang_up()
    eventually(lambda: "RELOADING=1" in process.heard(), "it reads the file")
    assert process.close() == 0


def test_a_file_that_raises_what_ctrl_c_raises_is_refused(process: Process) -> None:
    process.wait_for("child_started", 9)
    process.edit("I2C_BUS_ID = 1", "I2C_BUS_ID = 1\nraise KeyboardInterrupt")
    process.hang_up()
    process.wait_for("config_refused", 1)
    process.hang_up()
    process.wait_for("config_refused", 2)


def fill(address: Path) -> None:
    """Send what nobody reads, until no more is taken."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer, contextlib.suppress(BlockingIOError):
        writer.settimeout(0)
        while True:
            writer.sendto(b"X=1", str(address))


def test_with_a_service_manager_that_never_listens_the_daemon_serves_reloads_and_ends(tmp_path: Path) -> None:
    silent = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    silent.bind(str(tmp_path / "notify-full"))
    fill(tmp_path / "notify-full")
    process = Process(tmp_path, notify="notify-full")
    with Peer(f"tcp://127.0.0.1:{process.port}") as peer:
        process.wait_for("notify_failed")
        process.hang_up()
        process.wait_for("config_reloaded")
        (us,) = [client for client in peer.value({"type": "status"})["clients"] if client["idle_s"] < 1.0]
        assert us["requests"] == 1, "it does not ask itself again and again"
    assert process.close() == 0
    silent.close()
