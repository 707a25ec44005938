"""The server's folder of keys: `server.key_secret`, and one `NAME.key` for each client that it knows. Any thread.

A server key that cannot be used is an error. A client's file that cannot be used lets that client out, and nobody else: whoever takes a
key back must not be hindered by something that is wrong with another one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import zmq
from zmq.utils import z85

from actors.bench.access import Key, Keyring, Role, Secret
from pilotage.errors import KeyFileError
from pilotage.wire.key import entries_of, key_in
from supervisor.keys import files

SERVER: Final = "server.key_secret"
SUFFIX: Final = ".key"
ROLES: Final = (Role.READ, Role.DRIVE)
WRITABLE: Final = 0o022
"""Of a folder's mode: its group, or everybody, may put files into it."""
_SERVER_HEADING: Final = "The secret key of this daemon, made by `pilotage keygen`. Never copy it: make each client a key of its own."
_CLIENT_HEADING: Final = "A client that this daemon knows, made by `pilotage keygen`. Remove the file and reload the daemon to shut it out."


def load(folder: Path) -> tuple[Keyring, list[str]]:
    """Return the keys in `folder`, and a sentence for each client's file that cannot be used; raises KeyFileError."""
    _check_folder(folder)
    path = folder / SERVER
    if not path.exists():
        raise KeyFileError(f"{folder}: there is no {SERVER}; `pilotage keygen` makes it")
    secret = key_in(path, entries_of(path), "secret-key")
    clients: dict[bytes, Key] = {}
    problems = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            client = _client(file)
            if client.public in clients:
                raise KeyFileError(f"{file}: this is the key of {clients[client.public].name}, too")  # noqa: TRY301 - one place to report
        except KeyFileError as error:
            problems.append(f"{error}; this client is not let in")
        else:
            clients[client.public] = client
    return Keyring(Secret(secret.encode()), tuple(clients.values())), problems


def _check_folder(folder: Path) -> None:
    try:
        status = folder.stat()
    except OSError as error:
        raise KeyFileError(f"{folder}: {error.strerror or error}; `pilotage keygen` makes the folder and the keys") from None
    if not folder.is_dir():
        raise KeyFileError(f"{folder}: this is no folder")
    if os.name == "posix" and status.st_mode & WRITABLE:
        raise KeyFileError(f"{folder}: others than its owner may put keys into it; chmod 700 {folder}")
    if os.name == "posix" and not os.access(folder, os.R_OK | os.X_OK):
        raise KeyFileError(f"{folder}: this user may not read it; it belongs to whom the daemon runs as, and sudo may read it")


def _client(path: Path) -> Key:
    entries = entries_of(path)
    role = entries.get("role", "")
    if role not in ROLES:
        raise KeyFileError(f'{path}: its role is neither "read" nor "drive"')
    if not files.is_name(path.stem):
        raise KeyFileError(f"{path}: a client's name has up to 50 letters, digits, dots, dashes and underscores")
    return Key(path.stem, Role(role), public_bytes(key_in(path, entries, "public-key")))


def public_bytes(text: str) -> bytes:
    """Return the 32 bytes of a key in Z85."""
    return bytes(z85.decode(text))


def make_server(folder: Path) -> bool:
    """Make the folder and the server's key, where they are missing; return whether the key is new. Raises KeyFileError."""
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            owner = _service_user()
            if owner is not None:
                os.chown(folder, *owner)
    except OSError as error:
        raise KeyFileError(f"{folder} cannot be made: {error.strerror}") from None
    _check_folder(folder)
    if (folder / SERVER).exists():
        return False
    public, secret = (half.decode() for half in zmq.curve_keypair())
    files.write(folder / SERVER, _SERVER_HEADING, {"name": "server"}, {"public-key": public, "secret-key": secret}, _owner(folder))
    return True


def make_client(folder: Path, name: str, role: Role, port: int, output: Path) -> None:
    """Make a key for a client: what the server must know goes into `folder`, the client's own file is `output`. Raises KeyFileError."""
    _check_folder(folder)
    known = folder / f"{name}{SUFFIX}"
    if known.exists():
        raise KeyFileError(f"{known} exists already; remove it to take that key back, or choose another name")
    server = key_in(folder / SERVER, entries_of(folder / SERVER), "public-key")
    public, secret = (half.decode() for half in zmq.curve_keypair())
    heading = f"The secret key of the client {name}, made by `pilotage keygen`. Whoever has this file may {role} the bench."
    metadata = {"name": name, "role": role.value}
    files.write(
        output, heading, {**metadata, "server-key": server, "port": str(port)}, {"public-key": public, "secret-key": secret}, _caller()
    )
    try:
        files.write(known, _CLIENT_HEADING, metadata, {"public-key": public}, _owner(folder))
    except KeyFileError:
        output.unlink(missing_ok=True)
        raise


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _owner(folder: Path) -> tuple[int, int] | None:
    """Return who shall own a new file in `folder`: whoever owns the folder, as far as that can be chosen."""
    status = folder.stat()
    return (status.st_uid, status.st_gid) if _is_root() else None


def _service_user() -> tuple[int, int] | None:
    """Return the user that the service runs as, if this is root and there is such a user."""
    if not _is_root():
        return None
    import pwd

    try:
        entry = pwd.getpwnam("pilotage")
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _caller() -> tuple[int, int] | None:
    """Return the person behind `sudo`, who is to take the client's file away; None without one."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    return (int(user), int(group)) if _is_root() and user.isdecimal() and group.isdecimal() else None
