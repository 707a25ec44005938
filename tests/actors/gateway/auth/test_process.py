"""The real daemon and the real commands: what is said at the start, both ports, keys added and taken back by a reload."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from actors.bench.access import Role
from pilotage.client import Client, ClientError
from supervisor.keys.folder import make_client, make_server
from tests.actors.gateway.auth.doors import HERE, THERE, free_port
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually
from tests.supervisor.cli.conftest import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP") or os.name != "posix", reason="reloads and file modes are POSIX's")
BENCH = (ROOT / "config.py").read_text(encoding="utf-8")


class Bench:
    """A folder with a `config.py` and keys, and a daemon on it."""

    def __init__(self, folder: Path, rules: str, *arguments: str) -> None:
        self.folder = folder
        self.port, self.curve_port = free_port(), free_port()
        self.write(rules)
        self.keygen("laptop", Role.DRIVE)
        self.keygen("screen", Role.READ)
        self.daemon = Daemon(
            folder, "--simulate", "--config", str(folder / "config.py"), "--port", str(self.port), *(arguments or ("--bind", HERE))
        )
        self.reloads = 0

    def write(self, rules: str) -> None:
        text = f"{BENCH}\nCURVE = {{'port': {self.curve_port}}}\n{rules}\n"
        (self.folder / "config.py").write_text(text, encoding="utf-8")

    def keygen(self, name: str, role: Role) -> None:
        keys = self.folder / "keys"
        make_server(keys)
        make_client(keys, name, role, self.curve_port, self.folder / f"{name}.key_secret")

    def reload(self) -> None:
        self.reloads += 1
        self.daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(self.daemon.records("config_reloaded")) == self.reloads, "the file is in force")

    def client(self, name: str) -> Client:
        return Client(HERE, timeout=10.0, curve=self.folder / f"{name}.key_secret")

    def secrets(self) -> list[str]:
        paths = [*self.folder.glob("*.key_secret"), *(self.folder / "keys").iterdir()]
        return [line.split('"')[1] for path in paths for line in path.read_text().splitlines() if "-key" in line and '"' in line]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench whose plain port may only be read from 127.0.0.2; commands run in its folder."""
    monkeypatch.chdir(tmp_path)
    bench = Bench(tmp_path, f"READ_ONLY = ['{THERE}']")
    with bench.daemon:
        bench.daemon.ready()
        yield bench


Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(run: Run, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run a command in this process, with these variables; return its exit code and all it said."""

    def say(*words: str, **variables: str) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            ended = run(*words)
        return ended.code, ended.out + ended.err

    return say


def events(daemon: Daemon, name: str) -> list[dict[str, Any]]:
    return daemon.records(name)


def test_every_command_takes_a_key_roles_hold_and_no_key_is_shown(bench: Bench, say: Say) -> None:
    with_key = ("--endpoint", HERE, "--curve", "laptop.key_secret")
    reading = ("--endpoint", HERE, "--curve", "screen.key_secret")
    for words in (["read", "t_resistance"], ["set", "ventilateur", "100"], ["retry", "t_sortie"], ["log-level", "debug"], ["off"]):
        code, text = say(*words, *with_key)
        assert code == 0, text
    for words in (["set", "ventilateur", "100"], ["retry", "t_sortie"], ["log-level", "info"], ["off"], ["fault", "t_sortie", "unplug"]):
        code, text = say(*words, *reading)
        assert (code, "(screen) may read here, not drive [read_only]" in text) == (77, True), text
    assert say("read", "ventilateur", *reading)[0] == 0
    code, text = say("pymodaq-config", *reading)
    assert f'port = "{bench.port}"' in text, "the plugin has no key, and uses the plain port"
    drivers = [record["client"] for record in events(bench.daemon, "set_point")]
    assert drivers == [f"{HERE} (laptop)"]
    no_key_is_in_the_log_or_in_status(bench)


def test_who_is_refused_is_told_why_at_once(bench: Bench, say: Say) -> None:
    stranger = bench.folder / "stranger"
    stranger.mkdir()
    other = Bench.__new__(Bench)
    other.folder, other.curve_port = stranger, bench.curve_port
    other.write("")
    other.keygen("laptop", Role.DRIVE)
    code, text = say("read", "x", "--endpoint", HERE, "--curve", str(stranger / "laptop.key_secret"), "--timeout", "3")
    assert (code, "the key was made for another daemon" in text) == (77, True), text
    code, text = say("read", "x", "--endpoint", f"{HERE}:{bench.curve_port}", "--timeout", "15")
    assert (code, "wants a key on this port" in text) == (77, True), text
    (bench.folder / "keys" / "laptop.key").unlink()
    bench.reload()
    code, text = say("read", "x", "--endpoint", HERE, "--curve", "laptop.key_secret", "--timeout", "15")
    assert (code, "refuses this client: it does not know the key in laptop.key_secret" in text) == (77, True), text


def test_a_key_taken_back_by_a_reload_drives_no_more_and_another_one_goes_on(bench: Bench) -> None:
    bench.keygen("second", Role.DRIVE)
    bench.reload()
    with bench.client("laptop") as laptop, bench.client("second") as second:
        assert laptop.set("ventilateur", 100) == 100
        assert second.set("ventilateur", 101) == 101
        (bench.folder / "keys" / "laptop.key").unlink()
        bench.reload()
        laptop.timeout = 1.0
        with pytest.raises(ClientError):
            laptop.set("ventilateur", 200)
        assert second.read("ventilateur") == 101
        assert second.set("ventilateur", 50) == 50
    cut = [record["reason"] for record in events(bench.daemon, "connection_cut")]
    assert cut == ["it is not let in any more"]


def no_key_is_in_the_log_or_in_status(bench: Bench) -> None:
    with bench.client("laptop") as laptop, bench.client("screen") as screen:
        laptop.set("ventilateur", 100)
        screen.read("ventilateur")
        said = json.dumps([laptop.status(), laptop.describe()]) + repr(laptop)
    bench.reload()
    bench.daemon.process.send_signal(signal.SIGUSR1)
    eventually(lambda: events(bench.daemon, "supervision_tree"), "the tree is recorded")
    said += bench.daemon.text()
    found = bench.secrets()
    assert len(found) == 2 * 3 + 2 + 2
    assert not [key for key in found if key in said]


def test_a_port_that_is_open_to_everybody_is_warned_of_once(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(BENCH, encoding="utf-8")
    port = free_port()
    with Daemon(tmp_path, "--simulate", "--config", str(tmp_path / "config.py"), "--port", str(port), "--bind", "0.0.0.0") as daemon:
        daemon.ready()
        (record,) = events(daemon, "access_open")
        assert (record["level"], record["endpoint"]) == ("warning", f"tcp://0.0.0.0:{port}")


def own_address() -> str | None:
    """Return an address of this machine that is no loopback, or None; nothing is sent."""
    for target in ("192.0.2.1", "198.51.100.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
            probe.connect((target, 9))
            address = str(probe.getsockname()[0])
            if not address.startswith("127."):
                return address
    return None


def test_loopback_is_let_in_and_another_address_is_not(tmp_path: Path, say: Say) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    (tmp_path / "config.py").write_text(f"{BENCH}\nALLOW = []\n", encoding="utf-8")
    port = free_port()
    with Daemon(tmp_path, "--simulate", "--config", str(tmp_path / "config.py"), "--port", str(port), "--bind", "*") as daemon:
        daemon.ready()
        code, text = status_at(say, f"{HERE}:{port}")
        assert code in {0, 1}, text
        code, text = status_at(say, f"{address}:{port}")
        assert code == 2
        assert "refuses this client: its ALLOW does not name this computer's address" in text
        eventually(lambda: events(daemon, "client_refused"), "it is recorded")
        assert events(daemon, "client_refused")[0]["client"] == address


def status_at(say: Say, endpoint: str) -> tuple[int, str]:
    return say("status", "--endpoint", endpoint, "--timeout", "15")
