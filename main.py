"""Start pilotage as its predecessor was started: `python main.py`, from any directory, with the options of `pilotage run`."""

import importlib.util
import sys

from supervisor.cli.main import main

if __name__ == "__main__":
    if missing := [name for name in ("pydantic", "pykka", "structlog", "zmq") if importlib.util.find_spec(name) is None]:
        sys.exit(f"not installed for {sys.executable}: {', '.join(missing)}; `python3 dev.py run` makes an environment that has everything")
    arguments = sys.argv[1:]
    names_a_command = bool(arguments) and not arguments[0].startswith("-")
    sys.exit(main(arguments if names_a_command else ["run", *arguments]))
