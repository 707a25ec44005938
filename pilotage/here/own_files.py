"""Small files that a running daemon keeps for the commands of its machine. Light: imported by every command.

In a service they are in the folder that systemd made for it, else in a private folder of the user.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

OURS: Final = "pilotage"
SERVICE: Final = Path("/run/pilotage")
"""The `RuntimeDirectory` of the unit, for somebody who is not the unit."""
MOST: Final = 1_000_000
"""Bytes of a file that is read; a longer one is none of ours."""
_OTHERS: Final = 0o077


def write(name: str, document: Mapping[str, Any], environ: Mapping[str, str], *, among: str, mode: int = 0o600) -> Path:
    """Write a file, whole or not at all, where `read` finds it; return its path. Raises OSError.

    `among` is what tells it from the files of this user's other daemons; a service has a folder to itself.
    """
    folder = of_service(environ)
    if folder is None:
        folder = _places(environ)[0]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(folder):
            raise PermissionError(f"{folder} is not ours alone")
        name = f"{name}-{''.join(letter if letter.isalnum() or letter == '-' else '_' for letter in among)}"
    path = folder / f"{name}.json"
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(document), encoding="utf-8")
    fresh.chmod(mode)
    fresh.replace(path)
    return path


def read(name: str, environ: Mapping[str, str]) -> list[tuple[Path, dict[str, Any]]]:
    """Return the files of this name there are: in a service its own, else those of this user and of the service."""
    own = of_service(environ)
    if own is not None:
        paths = [own / f"{name}.json"]
    else:
        places = [place for place in _places(environ) if place == SERVICE or _is_ours(place)]
        paths = [path for place in places for path in sorted(place.glob(f"{name}*.json"))]
    return [(path, document) for path in paths if (document := _load(path)) is not None]


def of_service(environ: Mapping[str, str]) -> Path | None:
    """Return the folder of the service that this process belongs to; None outside one."""
    folder = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) if folder else None


def _places(environ: Mapping[str, str]) -> list[Path]:
    user = getattr(os, "getuid", lambda: "user")()
    private = Path(tempfile.gettempdir()) / f"{OURS}-{user}"
    own = Path(environ["XDG_RUNTIME_DIR"]) / OURS if environ.get("XDG_RUNTIME_DIR") else private
    return list(dict.fromkeys([own, private, SERVICE]))


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put anything into this folder."""
    if not hasattr(os, "getuid"):
        return folder.is_dir()
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & _OTHERS


def _load(path: Path) -> dict[str, Any] | None:
    """Return what is in a file, or None for one that is not ours."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(MOST).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
