"""Where the daemon of this machine is reached: it says so itself, whatever `BIND` says, and without names being resolved."""

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from pilotage.endpoints import default_endpoint
from pilotage.here import own_files, reach
from tests.e2e.daemon import ROOT, Daemon, command
from tests.fakes import eventually
from tests.supervisor.cli.conftest import Run

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="whether a process is there is asked as POSIX does"),
    pytest.mark.usefixtures("alone"),
]
SIMULATED = ("--simulate", "--config", str(ROOT / "config.py"))


def here(folder: Path, **more: str) -> dict[str, Any]:
    return {"XDG_RUNTIME_DIR": str(folder)} | more


def started(folder: Path, bind: str, *arguments: str) -> Daemon:
    return Daemon(folder, *(arguments or SIMULATED), "--bind", bind, "--port", "0", own_port=True, **here(folder)).ready()


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("bind", "host"),
    [
        ("*", "127.0.0.1"),
        pytest.param("::1", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")),
    ],
)
def test_a_command_finds_the_daemon_of_this_machine_whatever_it_is_bound_to(
    tmp_path: Path, bind: str, host: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with started(tmp_path, bind) as daemon:
        assert default_endpoint(here(tmp_path)) == f"tcp://{host}:{daemon.port}"
        done = run("off")
        assert (done.code, done.err) == (0, "")
        assert daemon.end() == 0
    assert list(tmp_path.glob("pilotage/*")) == [], "a daemon that has ended is forgotten"
    assert default_endpoint(here(tmp_path)) == "tcp://127.0.0.1:5555"


def test_of_several_the_one_at_the_usual_port_is_meant_else_the_last_and_a_port_can_be_named(tmp_path: Path) -> None:
    """Two daemons, as far as what they wrote goes: both are this process, which lives."""
    first, second = "tcp://127.0.0.1:5701", "tcp://127.0.0.1:5702"
    for age, endpoint in enumerate((first, second)):
        document = reach.contents(tmp_path / "config.py", endpoint, None)
        path = own_files.write(reach.NAME, document, here(tmp_path), among=str(age), mode=0o644)
        os.utime(path, (age, age))
    assert default_endpoint(here(tmp_path)) == second
    assert default_endpoint(here(tmp_path, PILOTAGE_PORT="5701")) == first
    assert reach.default(here(tmp_path), 5701) == first
    assert default_endpoint(here(tmp_path, PILOTAGE_PORT="5777")) == "tcp://127.0.0.1:5777"
    assert default_endpoint(here(tmp_path, PILOTAGE_ENDPOINT="pi")) == "tcp://pi:5555"


def test_only_the_word_of_a_daemon_that_lives_is_believed_and_a_reload_gives_it_again(tmp_path: Path) -> None:
    config = tmp_path / "config.py"
    config.write_bytes((ROOT / "config.py").read_bytes())
    with started(tmp_path, "127.0.0.1", "--simulate", "--config", str(config)) as daemon:
        (path,) = tmp_path.glob("pilotage/reach*.json")
        for text in ("", "[]", "{}", '{"pid": "x", "endpoint": 3}', "\0", "[" * 100_000):
            path.write_text(text, encoding="utf-8")
            assert reach.known(here(tmp_path)) == []
        path.unlink()
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: reach.default(here(tmp_path), 0) == daemon.endpoint, "it is written again")
        path.parent.chmod(0o777)
        assert reach.known(here(tmp_path)) == [], "anybody could have written it"
        path.parent.chmod(0o700)
        daemon.process.kill()
        daemon.exit_code()
    assert path.exists()
    assert reach.known(here(tmp_path)) == []
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | {"pid": os.getpid(), "started": 1}), encoding="utf-8")
    assert reach.known(here(tmp_path)) == [], "another process has its number"


def test_the_word_of_a_service_is_for_every_user_of_the_machine(tmp_path: Path) -> None:
    with Daemon(tmp_path, *SIMULATED, RUNTIME_DIRECTORY=str(tmp_path)) as daemon:
        daemon.ready()
        assert (tmp_path / "reach.json").stat().st_mode & 0o777 == 0o644
        assert command(tmp_path, "off", RUNTIME_DIRECTORY=str(tmp_path)).returncode == 0
