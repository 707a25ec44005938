"""A daemon has its `config.py` read by another process, and gets the same bench as if it had read the file itself."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from supervisor.configuration import check, check_whole
from supervisor.configuration.file.apart import Reading, check_apart
from tests.project.sources import ROOT

BENCHES = (ROOT / "config.py", *sorted((ROOT / "examples").glob("*config*.py")))
READS = """
import sys
from pathlib import Path
from supervisor.configuration.file.apart import check_apart
bench, problems, warnings = check_apart(Path(sys.argv[1]))
from actors.drivers import SENSOR_DRIVER_REGISTRY
print(bench.sensors[0].options, SENSOR_DRIVER_REGISTRY[bench.sensors[0].driver].__name__, "pydantic" in sys.modules)
"""
OUTSIDE = """
from dataclasses import dataclass
from actors.drivers.base import Channel, SensorDriver

@dataclass(frozen=True)
class Mine:
    gain: int = 3

class Own(SensorDriver):
    chip = "OWN"
    Options = Mine
    channels = (Channel("value", "V"),)
    max_age = min_period = 1.0
"""


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.name)
def test_every_bench_goes_through_the_pipe_as_it_is(path: Path) -> None:
    outcome = check(path)
    assert outcome[0] is not None
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301 - our own


def test_the_daemon_gets_the_bench_or_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "config.py"
    path.write_text((ROOT / "config.py").read_text(encoding="utf-8") + "\nprint('a line of the file itself')\n", encoding="utf-8")
    assert check_apart(path) == check_whole(path)
    there = check_apart(path, 7)
    assert (there, there[0].bus if there[0] is not None else None) == (check_whole(path, 7), 7)
    path.write_text("PORT = 'x'\n", encoding="utf-8")
    assert check_apart(path) == check_whole(path)


def test_while_a_file_is_read_there_is_time_for_something_else(tmp_path: Path) -> None:
    path, go = tmp_path / "config.py", tmp_path / "go"
    path.write_text(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n", encoding="utf-8")
    assert check_apart(path, None, go.touch)[1] != ()
    go.unlink()
    with pytest.raises(ZeroDivisionError):
        check_apart(path, None, lambda: 1 / 0)


def test_a_file_that_ends_its_process_ends_no_daemon(tmp_path: Path) -> None:
    path = tmp_path / "config.py"
    path.write_text("import os\nos._exit(3)\n", encoding="utf-8")
    bench, problems, _ = check_apart(path)
    assert bench is None
    assert "has ended with code 3 and no answer" in str(problems[0])


def test_a_file_that_nobody_waits_for_any_more_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "config.py"
    path.write_text("import time\ntime.sleep(3600)\n", encoding="utf-8")
    with pytest.raises(SystemExit), Reading(path):
        raise SystemExit  # as a signal does while it is waited for


def test_a_driver_from_outside_is_in_the_daemon_too_and_pydantic_is_not(tmp_path: Path) -> None:
    (tmp_path / "drivers").mkdir()
    (tmp_path / "drivers" / "own.py").write_text(OUTSIDE, encoding="utf-8")
    path = tmp_path / "config.py"
    path.write_text("SENSORS_CONFIG = {0x48: {'driver': 'OWN', 'name': 'own', 'units': 'V', 'gain': 5}}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", READS, str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "Mine(gain=5) Own False\n", done.stderr
