"""How many files this process may have open: each connection is one, and an I2C bus must be opened even when all are taken."""

from __future__ import annotations

from typing import Final

OWN: Final = 512
"""Descriptors beside those of clients: buses, GPIO, the journal, and connections that come faster than they are cut."""

LEAST: Final = 64
"""Descriptors without which there is no daemon: a bench, the port, and a client or two."""


def too_few() -> str | None:
    """Return what to say where this process may not open as many files and connections as a daemon needs; ZeroMQ would end it."""
    try:
        import resource
    except ImportError:
        return None
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= LEAST:
        return None
    return f"this process may open {hard} files and connections, and a daemon needs {LEAST} or more (ulimit -n, LimitNOFILE= in a unit)"


def make_room(clients: int) -> int | None:
    """Raise the soft limit of open files, as far as the hard one allows, so that `clients` connections fit; return it, None if unknown."""
    try:
        import resource
    except ImportError:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + OWN
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted
