"""How a person at this computer calls this very program, and puts something into its environment."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path


def program() -> str:
    """Return what to type for `pilotage`: that word where it leads here, else a path."""
    here = Path(sysconfig.get_path("scripts")) / ("pilotage.exe" if os.name == "nt" else "pilotage")
    found = shutil.which("pilotage")
    if found is not None and Path(found).resolve() == here.resolve():
        return "pilotage"
    return _short(here) if here.is_file() else f"{_short(Path(sys.executable))} -m supervisor"


def installing(package: str) -> str:
    """Return what to type to install `package` where this program runs, with the rights that takes."""
    sudo = "" if os.name == "nt" or os.access(sysconfig.get_path("purelib"), os.W_OK) else "sudo "
    return f'{sudo}{_short(Path(sys.executable))} -m pip install "{package}"'


def _short(path: Path) -> str:
    """Return a path as it is typed in the current folder."""
    try:
        text = str(path.relative_to(Path.cwd()))
    except (OSError, ValueError):
        text = str(path)
    return f"'{text}'" if " " in text else text
