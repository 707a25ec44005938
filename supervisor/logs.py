"""structlog, set up once: colours on a terminal, one JSON object a line elsewhere. Everything goes to stderr."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


def set_up(level: str) -> None:
    """Configure structlog for this process; `level` is a key of `LEVELS`. Main thread, once, before the first record."""
    structlog = _structlog()
    stream = sys.stderr
    renderer: Any
    if stream.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
    else:
        renderer = structlog.processors.JSONRenderer(default=str)
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _without_empty,
            stamp,
            structlog.processors.format_exc_info if not stream.isatty() else _same,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    # Pykka reports a crash with a traceback of its own; the child has told the supervisor, which records it once.
    logging.getLogger("pykka").setLevel(logging.CRITICAL + 1)


def _structlog() -> Any:
    """Import structlog without rich, which it would load (0.1 s and 100 modules) where it is installed for `pilotage watch`."""
    hidden = "rich" not in sys.modules
    if hidden:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog
        import structlog.dev
    finally:
        if hidden:
            del sys.modules["rich"]
    return structlog


def _without_empty(_logger: Any, _method: str, record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def _same(_logger: Any, _method: str, record: dict[str, Any]) -> dict[str, Any]:
    return record
