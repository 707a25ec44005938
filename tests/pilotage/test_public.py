"""`import pilotage` is all that a script needs, and pyzmq all that it needs beside Python."""

import subprocess
import sys
from pathlib import Path

import zmq

import pilotage
from tests.e2e.daemon import ROOT, Daemon

SCRIPT = """
import sys

sys.path.append(sys.argv[1])
import pilotage
assert "zmq" not in sys.modules, "loaded when it is needed"
from pilotage import Client, ClientError, UnreachableError, __version__

with Client(sys.argv[2], timeout=10) as bench:
    assert bench.status()["version"] == __version__
    assert bench.set("ventilateur", 30) >= 0
    assert bench.off()["ventilateur"] == 0
    try:
        bench.read("no such thing")
    except ClientError as error:
        assert error.code == "unknown_name"
try:
    Client("127.0.0.1:1", timeout=0.2).scan()
except UnreachableError as error:
    assert error.code == "unreachable"
for module in list(sys.modules.values()):
    place = getattr(module, "__file__", None) or ""
    name = module.__name__.partition(".")[0]
    assert "site-packages" not in place or name == "zmq", place
    assert name not in {"actors", "supervisor"}, module.__name__
print("done")
"""


def test_pyzmq_and_the_standard_library_are_enough(daemon: Daemon, tmp_path: Path) -> None:
    installed = Path(zmq.__file__).parents[1]
    for package in (ROOT / "pilotage", installed / "zmq", installed / "pyzmq.libs"):
        if package.exists():
            (tmp_path / package.name).symlink_to(package, target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SCRIPT, str(tmp_path), daemon.endpoint], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_its_names_are_few() -> None:
    assert sorted(pilotage.__all__) == ["AsyncClient", "Client", "ClientError", "Laboratory", "UnreachableError", "__version__"]
    assert all(hasattr(pilotage, name) for name in pilotage.__all__)
    assert not hasattr(pilotage, "Server")
