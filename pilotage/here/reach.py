"""Where the daemons of this machine are reached, as each wrote down when it served: nothing has to be guessed from `BIND`, nor resolved.

Light: imported by every command.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pilotage.here import own_files

NAME: Final = "reach"
_START: Final = 19
"""Where the start time is in /proc/PID/stat, counted behind the name (proc(5), field 22)."""
_WILD: Final = frozenset({"*", "0.0.0.0", "::", "[::]"})  # noqa: S104 - compared with, not bound to


def contents(config: Path, endpoint: str, keys: tuple[str | None, int] | None) -> dict[str, Any]:
    """Return what is written down of a daemon that answers at `endpoint` on this machine, and with `keys` at that address and port."""
    host = endpoint.removeprefix("tcp://").rpartition(":")[0]
    with_keys = None
    if keys is not None:
        bind, port = keys
        with_keys = address(host if not bind or bind in _WILD else bind, port)
    pid = os.getpid()
    return {"config": str(config.resolve()), "endpoint": endpoint, "keys": with_keys, "pid": pid, "started": _started(pid)}


def address(host: str, port: int) -> str:
    """Return the ZeroMQ address of a port; an IPv6 address stands in brackets there."""
    return f"tcp://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}"


def write(document: Mapping[str, Any], environ: Mapping[str, str]) -> Path:
    """Write it where every user of this machine may read it, unless the daemon is a user's own. Raises OSError."""
    return own_files.write(NAME, document, environ, among=str(document["pid"]), mode=0o644)


def remove(path: Path) -> None:
    """Forget a daemon that ends."""
    with suppress(OSError):
        path.unlink()


def known(environ: Mapping[str, str], config: Path | None = None) -> list[dict[str, Any]]:
    """Return what the daemons that run now wrote down, the one that began last first; of `config`, if that is given."""
    wanted = None if config is None else str(config.resolve())
    found = sorted(own_files.read(NAME, environ), key=_age)
    return [document for _path, document in found if _is_one(document) and wanted in {None, document.get("config")}]


def at_port(environ: Mapping[str, str], port: int) -> str | None:
    """Return where the daemon at this port of this machine is reached, with or without keys."""
    return next((address for address in _addresses(environ) if address.endswith(f":{port}")), None)


def default(environ: Mapping[str, str], usual: int) -> str | None:
    """Return where the daemon of this machine is reached: of several the one at the `usual` port, else the one that began last."""
    there = [str(document["endpoint"]) for document in known(environ)]
    return next((address for address in there if address.endswith(f":{usual}")), there[0] if there else None)


def _addresses(environ: Mapping[str, str]) -> Iterator[str]:
    for document in known(environ):
        yield str(document["endpoint"])
        if document.get("keys"):
            yield str(document["keys"])


def _age(found: tuple[Path, dict[str, Any]]) -> float:
    try:
        return -found[0].stat().st_mtime
    except OSError:
        return 0.0


def _is_one(document: Mapping[str, Any]) -> bool:
    """Return whether this is what a daemon wrote that runs now."""
    pid = document.get("pid")
    if not isinstance(document.get("endpoint"), str) or not isinstance(pid, int) or pid <= 0:
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except PermissionError:  # somebody else's
        pass
    except (OSError, OverflowError):
        return False
    return _started(pid) in {None, document.get("started")}


def _started(pid: int) -> int | None:
    """Return when a process began, in the kernel's ticks: a number that another process of the same id has not; None if unknown."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[_START])
    except (OSError, ValueError, IndexError):
        return None
