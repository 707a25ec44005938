"""Start pilotage as its predecessor was started: `python main.py`, from any directory, with the options of `pilotage run`."""

import sys

from supervisor.cli import main

if __name__ == "__main__":
    arguments = sys.argv[1:]
    names_a_command = bool(arguments) and not arguments[0].startswith("-")
    sys.exit(main(arguments if names_a_command else ["run", *arguments]))
