"""A laboratory as it is: a coordinator, a bench in its network, and the commands for many benches."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.daemon import MODULE, ROOT, Daemon, command, environment
from tests.fakes import eventually


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def reaches(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), 1.0):
            return True
    except OSError:
        return False


@pytest.fixture
def coordinator(tmp_path: Path) -> Iterator[int]:
    """Yield the port of `pilotage leco-coordinator`, which ends with SIGINT and 0."""
    pytest.importorskip("pyleco")
    port = free_port()
    with subprocess.Popen([*MODULE, "leco-coordinator", "--port", str(port)], cwd=tmp_path, env=environment(tmp_path)) as process:
        try:
            eventually(lambda: reaches("127.0.0.1", port), "the coordinator listens", 40.0)
            yield port
            process.send_signal(signal.SIGINT)
            assert process.wait(20.0) == 0
        finally:
            process.kill()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_bench_in_a_network_is_seen_and_made_safe_from_another_program(coordinator: int, tmp_path: Path) -> None:
    if sys.platform == "linux":
        assert not reaches("127.0.0.2", coordinator), "it listens at 127.0.0.1 alone"
    where = f"127.0.0.1:{coordinator}"
    config = tmp_path / "config.py"
    network = {"host": "127.0.0.1", "port": coordinator, "name": "bench1", "drive": True}
    config.write_text(f"{(ROOT / 'config.py').read_text(encoding='utf-8')}\nLECO = {network}\n", encoding="utf-8")
    with Daemon(tmp_path, "--simulate", "--config", str(config)) as daemon:
        daemon.ready().running()
        eventually(lambda: daemon.records("leco_joined"), "it has joined", 40.0)
        assert command(tmp_path, "set", "resistance", "50", "--endpoint", daemon.endpoint).returncode == 0
        seen = command(tmp_path, "lab", "--leco", where, "--json", "--timeout", "10")
        found = json.loads(seen.stdout)
        assert (found["benches"].keys(), found["no_benches"]) == ({"lab.bench1"}, []), "its readings are no strangers"
        assert found["benches"]["lab.bench1"]["heaters_on"] == {"resistance": "50 of 255 (20 %)"}
        made = command(tmp_path, "off", "--all", "--leco", where, "--timeout", "10")
        assert (made.returncode, made.stdout.splitlines()[0]) == (0, "lab.bench1   safe, read back")
        assert command(tmp_path, "read", "resistance", "--endpoint", daemon.endpoint).stdout.startswith("0")
        assert "LECO lab.pilotage-lab-" in daemon.records("output_safe")[-1]["client"]
