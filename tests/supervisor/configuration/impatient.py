"""`pilotage` with less patience for `config.py`: `python impatient.py SECONDS COMMAND ...`."""

import sys

from supervisor.cli.main import main
from supervisor.configuration.file import bounded

if __name__ == "__main__":
    bounded.READ_WITHIN = float(sys.argv.pop(1))
    sys.exit(main())
