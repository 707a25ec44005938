"""The level from which on records are kept, changed while loggers are in use. What is below costs a call that returns."""

from __future__ import annotations

import logging
from typing import Any, Final

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""Level -> number; in rising order."""


class Threshold:
    """Owns the class of every logger: structlog bakes the level into a class, so its methods are exchanged for those of another one.

    Loggers that exist, bound and cached ones too, follow at once. Any thread.
    """

    def __init__(self, structlog: Any, level: str) -> None:
        self._structlog = structlog
        self.level = level
        self.wrapper: Any = type("Logger", (structlog.make_filtering_bound_logger(LEVELS[level]),), {})

    def set(self, level: str) -> None:
        """Keep what is at `level` (a key of `LEVELS`) or above."""
        source = self._structlog.make_filtering_bound_logger(LEVELS[level])
        for name, method in vars(source).items():
            if callable(method) and not name.startswith("__"):
                setattr(self.wrapper, name, method)
        self.level = level
