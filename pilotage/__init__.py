"""Talking to a daemon: the public package. It needs pyzmq and the standard library, and imports nothing of the daemon.

    from pilotage import Client

    with Client("raspberrypi") as bench:
        print(bench.read("t_resistance"))

Light: ZeroMQ is loaded when a client is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotage.errors import ClientError, UnreachableError

if TYPE_CHECKING:
    from pilotage.asynchronous import AsyncClient
    from pilotage.client import Client
    from pilotage.lab.laboratory import Laboratory

__all__ = ["AsyncClient", "Client", "ClientError", "Laboratory", "UnreachableError", "__version__"]

__version__ = "0.1.0"

if not TYPE_CHECKING:  # a checker of types is to notice a name that is not there

    def __getattr__(name: str) -> Any:
        if name == "Client":
            from pilotage.client import Client

            return Client
        if name == "AsyncClient":
            from pilotage.asynchronous import AsyncClient

            return AsyncClient
        if name == "Laboratory":
            from pilotage.lab.laboratory import Laboratory

            return Laboratory
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
