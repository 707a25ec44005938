"""What the process of the page has to say: one line an event, on stderr, which is the journal where it is a service."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime


def note(level: str, event: str, sentence: str) -> None:
    """Write one event down; any thread. As JSON, like the daemon's own where it writes into a file; as a sentence on a terminal."""
    if sys.stderr.isatty():
        line = f"pilotage web: {sentence}"
    else:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"timestamp": stamp, "level": level, "event": event, "message": sentence}, ensure_ascii=False)
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
