"""The simulated bench needs nothing that Windows lacks: it runs in a process from which all that has been taken away."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.project.sources import ROOT


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_the_simulated_bench_runs_and_ends_with_ctrl_c_where_there_is_no_unix(tmp_path: Path) -> None:
    script = Path(__file__).with_name("portable_bench.py")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PILOTAGE_", "XDG_", "RUNTIME_"))}
    done = subprocess.run(
        [sys.executable, str(script), str(ROOT / "config.py"), str(free_port())],
        cwd=tmp_path,
        env=kept | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), "PILOTAGE_WEB": "off"},
        capture_output=True,
        text=True,
        timeout=45,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.get("client") is None, done.stderr
    assert found["exit"] == 0, done.stderr
    assert {name: reply["state"] for name, reply in found["sensors"].items()} == dict.fromkeys(
        ["rh_sortie", "t_resistance", "t_dissipateur", "t_entree", "t_sortie", "T_emc"], "ACK"
    ), done.stderr
    assert found["output"] == {"state": "ACK", "value": 128}
