"""Where a history is kept, and where it is looked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "PILOTAGE_HISTORY"
"""What names another folder."""
SERVICES: Final = (Path("/var/lib/pilotage-web/history"), Path("/var/lib/pilotage/history"))
"""The folders of the recorder that runs as a service, for somebody who is not that service."""


def folder(environ: Mapping[str, str]) -> Path:
    """Return where this process keeps a history: `$PILOTAGE_HISTORY`, systemd's STATE_DIRECTORY, else the user's own folder of states."""
    given, state = environ.get(VARIABLE, ""), environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    if state:
        return Path(state) / "history"
    home = environ.get("XDG_STATE_HOME") or environ.get("LOCALAPPDATA")
    return (Path(home) if home else Path.home() / ".local" / "state") / "pilotage" / "history"


def found(environ: Mapping[str, str]) -> Path | None:
    """Return the folder of a history of this computer that this user may read, None if there is none."""
    candidates = (folder(environ), *(() if environ.get(VARIABLE) else SERVICES))
    return next((each for each in candidates if any(each.glob("history-*.db")) and os.access(each, os.R_OK | os.X_OK)), None)
