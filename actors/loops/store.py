"""What was tuned, kept in a small file over restarts of the daemon: never in `config.py`. Any thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog

from actors.core import events
from actors.core.kept_file import KeptFile

log = structlog.get_logger()


class Models(KeptFile[dict[str, Any]]):
    """A JSON object, loop -> what its tuning found, with what it belongs to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lambda value: value if isinstance(value, dict) else None, _complain)


def _complain(reason: str) -> None:
    log.warning(events.LOOPS_UNKEPT, reason=reason)
