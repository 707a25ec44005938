"""Show the manual page: through man(1) on a terminal, else as roff."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HELP = "show the manual page"
EXAMPLES = """examples:
  pilotage man                    read it
  pilotage man > pilotage.1       keep it
"""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing to add."""


def main(_arguments: argparse.Namespace) -> int:
    """Show it; return 0, or the exit code of man."""
    from supervisor.cli.main import build_parser
    from supervisor.cli.manual import page

    roff = page(build_parser())
    reader = shutil.which("man") if sys.stdout.isatty() else None
    if reader is None:
        print(roff, end="")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pilotage.1"
        path.write_text(roff, encoding="ascii")
        return subprocess.run([reader, str(path)], check=False).returncode  # noqa: S603 - a fixed program, our own file
