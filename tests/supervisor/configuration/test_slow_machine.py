"""A machine on which the program itself takes long to load: the file's time limit is about the file."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.daemon import ROOT, environment

SLOW = """
import sys, time
from importlib.abc import MetaPathFinder
from pathlib import Path
from supervisor.configuration.file import loader

class SlowCard(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "supervisor.configuration.bench":
            time.sleep(1.5)
        return None

sys.meta_path.insert(0, SlowCard())
assert "supervisor.configuration.bench" not in sys.modules
bench, problems, _ = loader.check(Path(sys.argv[1]), patience=1.0)
print(bench is not None, *problems)
"""


def test_loading_the_program_is_no_part_of_the_files_time(tmp_path: Path) -> None:
    line = [sys.executable, "-c", SLOW, str(ROOT / "config.py")]
    done = subprocess.run(line, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == ["True"], done.stdout
