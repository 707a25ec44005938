"""What is said on the terminal once the daemon is ready: what it is, who reaches it, and what to type next."""

from __future__ import annotations

import os
from typing import Final

from pilotage.endpoints import DEFAULT_PORT, is_here
from pilotage.here import reach
from supervisor.daemon.program import program

LOOPBACK: Final = "127.0.0.1"
"""Where a simulated bench listens unless it is told otherwise."""


def greeting(bind: str, port: int, address: str, *, simulated: bool, page: str | None = None) -> str:
    """Return the line for a daemon that listens at `bind`, and answers at `address` on this computer; `page` is for its browser."""
    bench = "a simulated bench" if simulated else "the bench"
    more = " (for others too: --bind '*')" if simulated else ""
    whom = f"for this computer alone{more}" if is_here(bind) else "for every computer that reaches this one"
    found = reach.default(os.environ, DEFAULT_PORT) == address
    there = "" if found else f" --endpoint {address.removeprefix('tcp://').removesuffix(f':{DEFAULT_PORT}')}"
    look = "" if page is None else f"open {page} in a browser; or "
    return f"ready: {bench} at port {port}, {whom}; {look}in another terminal type `{program()} status{there}`"
