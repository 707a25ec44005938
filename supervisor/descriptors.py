"""How many files this process may have open: each connection is one, and an I2C bus must be opened even when all are taken."""

from __future__ import annotations

from typing import Final

OWN: Final = 512
"""Descriptors beside those of clients: buses, GPIO, the journal, and connections that come faster than they are cut."""


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
