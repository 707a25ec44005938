"""`python -m supervisor.web SETTINGS`: what `pilotage web` and `pilotage run --simulate` start."""

from __future__ import annotations

import sys

from actors.bench.page import Settings
from supervisor.web.serve import run

if __name__ == "__main__":
    sys.exit(run(Settings.of(sys.argv[1])))
