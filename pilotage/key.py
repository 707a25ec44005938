"""A client's key file: its own key, the server's public one, and the port. Any thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilotage.endpoints import MAX_PORT
from supervisor.keys import files
from supervisor.keys.files import KeyFileError

if TYPE_CHECKING:
    import zmq

VARIABLE: Final = "PILOTAGE_CURVE"
"""Names a client's key file where no command line does."""
DEFAULT_PORT: Final = 5556


@dataclass(frozen=True, slots=True)
class ClientKey:
    """What a client needs for the port with keys. No key shows in its `repr`."""

    path: Path
    port: int
    server: str = field(repr=False)
    public: str = field(repr=False)
    secret: str = field(repr=False)

    def put_on(self, socket: zmq.Socket[Any]) -> None:
        """Have `socket` use this key, from its next connection on."""
        import zmq

        socket.setsockopt(zmq.CURVE_SERVERKEY, self.server.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, self.public.encode())
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.secret.encode())


def read(path: Path) -> ClientKey:
    """Return the key in a client's file; raises KeyFileError."""
    entries = files.read(path)
    port = entries.get("port", str(DEFAULT_PORT))
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= MAX_PORT):
        raise KeyFileError(f"{path}: its port is none")
    if "public-key" in entries and "secret-key" not in entries:
        raise KeyFileError(f"{path}: this is what the daemon knows of a client; the client's own file ends with .key_secret")
    server, public, secret = (files.key(path, entries, name) for name in ("server-key", "public-key", "secret-key"))
    return ClientKey(path, int(port), server, public, secret)
