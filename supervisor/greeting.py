"""What is said on the terminal once the daemon is ready: what it is, who reaches it, and what to type next."""

from __future__ import annotations

from typing import Final

from supervisor.endpoints import DEFAULT_PORT
from supervisor.program import program

LOOPBACK: Final = "127.0.0.1"
"""Where a simulated bench listens unless it is told otherwise."""
_HERE: Final = frozenset({LOOPBACK, "::1", "localhost"})


def greeting(bind: str, port: int, *, simulated: bool) -> str:
    """Return the line for a daemon that listens at `bind`."""
    bench = "a simulated bench" if simulated else "the bench"
    more = " (for others too: --bind '*')" if simulated else ""
    whom = f"for this computer alone{more}" if bind in _HERE else "for every computer that reaches this one"
    return f"ready: {bench} at port {port}, {whom}; in another terminal type `{program()} status{_endpoint(bind, port)}`"


def _endpoint(bind: str, port: int) -> str:
    """Return the option by which a command on this computer finds the daemon, "" where it does without."""
    host = "localhost" if bind in {"*", "0.0.0.0", "::", "localhost", LOOPBACK} else f"[{bind}]" if ":" in bind else bind  # noqa: S104 - looked at, not bound
    if host == "localhost":
        return "" if port == DEFAULT_PORT else f" --endpoint localhost:{port}"
    return f" --endpoint {host}" + ("" if port == DEFAULT_PORT else f":{port}")
