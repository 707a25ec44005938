"""Reading a key file: text as CurveZMQ's tools write it (a certificate in ZPL), for its owner's eyes only. Any thread.

A client's file has its own key, the server's public one, and the port.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilotage.endpoints import MAX_PORT
from pilotage.errors import KeyFileError

if TYPE_CHECKING:
    import zmq

VARIABLE: Final = "PILOTAGE_CURVE"
"""Names a client's key file where no command line does."""
DEFAULT_PORT: Final = 5556
LARGEST: Final = 4096
"""Bytes of a key file; a longer one is none."""
OTHERS: Final = 0o077
"""Of a file's mode: what its group and everybody else may do."""
_PAIR: Final = re.compile(r'\s*([a-z-]+)\s*=\s*"([^"]*)"\s*', re.ASCII)
_Z85: Final = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}", re.ASCII)
"""32 bytes in Z85 (RFC 32 of ZeroMQ)."""


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
    entries = entries_of(path)
    port = entries.get("port", str(DEFAULT_PORT))
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= MAX_PORT):
        raise KeyFileError(f"{path}: its port is none")
    if "public-key" in entries and "secret-key" not in entries:
        raise KeyFileError(f"{path}: this is what the daemon knows of a client; the client's own file ends with .key_secret")
    server, public, secret = (key_in(path, entries, name) for name in ("server-key", "public-key", "secret-key"))
    return ClientKey(path, int(port), server, public, secret)


def entries_of(path: Path) -> dict[str, str]:
    """Return the entries of a key file that only its owner may read; raises KeyFileError."""
    try:
        with path.open("rb") as file:
            _check_mode(path, os.fstat(file.fileno()))
            text = file.read(LARGEST + 1).decode("utf-8")
    except OSError as error:
        raise KeyFileError(f"{path}: {_reason(error)}") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"{path}: this is no key file") from None
    lines = [] if len(text) > LARGEST else [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = {found[1]: found[2] for line in lines if (found := _PAIR.fullmatch(line))}
    if not entries:
        raise KeyFileError(f"{path}: this is no key file")
    return entries


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not read it; it belongs to whom the daemon, or the client, runs as"
    return "there is no such file" if isinstance(error, FileNotFoundError) else f"it cannot be read: {error.strerror}"


def _check_mode(path: Path, status: os.stat_result) -> None:
    """Raise KeyFileError if `path` is no regular file, or others than its owner may read or change it. Windows has no such modes."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{path}: this is no file")
    if os.name == "posix" and status.st_mode & OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise KeyFileError(f"{path}: others than its owner may use it (its mode is {mode:04o}); chmod 600 {path}")


def key_in(path: Path, entries: Mapping[str, str], name: str) -> str:
    """Return the key called `name`, in Z85; raises KeyFileError."""
    value = entries.get(name, "")
    if not _Z85.fullmatch(value):
        raise KeyFileError(f"{path}: there is no {name}, or it is none of 40 characters in Z85")
    return value
