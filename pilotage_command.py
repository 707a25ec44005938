"""The command `pilotage`: sees to it that this program's packages are its own, before anything of them is imported.

Supervisor, the process manager, has a package `supervisor` too, and is popular on Raspberry Pis.
"""

import importlib.util
import sys
from pathlib import Path

PACKAGES = ("actors", "recorder", "supervisor")
NEEDED = ("pydantic", "pykka", "structlog", "zmq")
"""What a bench needs beside the standard library; a laptop that only asks needs pyzmq alone."""
MARK = "supervisord.py"
"""What the process manager's package has, and this program's has not."""
REMEDY = "an environment of its own ends that: python3 -m venv pilotage-env, and pilotage-env/bin/pip install the wheel of pilotage"


def stranger(name: str) -> Path | None:
    """Return where another package of that name is, if it comes first on `sys.path`; None where it is ours."""
    found = importlib.util.find_spec(name)
    places = [Path(place).resolve() for place in (found.submodule_search_locations or [] if found is not None else [])]
    return None if home() / name in places or not places else places[0]


def home() -> Path:
    """Return where this program's packages are: beside `pilotage`."""
    found = importlib.util.find_spec("pilotage")
    return Path(found.origin).resolve().parents[1] if found is not None and found.origin is not None else Path(__file__).resolve().parent


def hidden() -> Path | None:
    """Return where the process manager's package is, if ours comes before it, or both were installed into one folder."""
    folders = [Path(entry or ".", "supervisor").resolve() for entry in sys.path]
    return next((folder for folder in folders if (folder / MARK).is_file()), None)


def main() -> int:
    """Run the command line; `pilotage run` also says what a package of that name will meet."""
    for name in PACKAGES:
        if (place := stranger(name)) is not None:
            sys.stderr.write(f"pilotage: {place} is another package called {name}, and comes before this program's own: {REMEDY}\n")
            return 69  # EX_UNAVAILABLE of sysexits.h; its name is in the package that cannot be had
    if sys.argv[1:2] == ["run"] and (place := hidden()) is not None:
        sys.stderr.write(f"pilotage: {place} has the process manager Supervisor, which this program's package hides from it: {REMEDY}\n")
    from supervisor.cli.main import main as command

    try:
        return command()
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        sys.stderr.write(f"pilotage: this command needs {error.name}, which is not installed here: install the wheel without --no-deps\n")
        return 69


if __name__ == "__main__":
    sys.exit(main())
