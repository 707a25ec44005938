"""What `pilotage safe` needs to know of a bench, written down at start: it must not depend on `config.py`, which may be broken by then.

Imported by `pilotage safe`, so that nothing heavy may be imported here.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from actors.specs import Bench, OutputSpec

NAME: Final = "safe.json"
OURS: Final = "pilotage"
SERVICE: Final = Path("/run/pilotage")
"""The `RuntimeDirectory` of the unit, for somebody who is not the unit."""
_OTHERS: Final = 0o077


def contents(bench: Bench, reach: Mapping[str, Any], locks: Sequence[str]) -> dict[str, Any]:
    """Return the list: how the hardware is reached, what locks it, and every output, heaters first."""
    return {
        "config": str(Path(bench.source).resolve()),
        "locks": sorted(locks),
        "bus": bench.bus,
        **reach,
        "outputs": [entry_of(spec) for spec in sorted(bench.outputs, key=lambda spec: spec.turn)],
    }


def of_bench(bench: Bench) -> dict[str, Any]:
    """Return the list of a bench that no daemon has written. Raises PilotageError."""
    from actors.clock import SystemClock
    from supervisor.rig import hardware_rig, lock_names

    rig = hardware_rig(bench, SystemClock())
    return contents(bench, rig.reach(), lock_names(bench))


def entry_of(spec: OutputSpec) -> dict[str, Any]:
    """Return what is written down of one output."""
    return {
        "id": spec.id,
        "driver": spec.driver,
        "heater": spec.heats,
        "pin": spec.pin,
        "address": spec.address,
        "frequency": spec.pwm_frequency,
        "min": spec.min,
        "max": spec.max,
        "active_low": spec.active_low,
        "safe": spec.safe,
    }


def write(document: Mapping[str, Any], environ: Mapping[str, str]) -> Path:
    """Write the list, whole or not at all, where `read` finds it; return its path. Raises OSError."""
    path = _of_service(environ)
    if path is None:
        words = "-".join(["safe", *document["locks"]])
        path = _places(environ)[0] / "".join([*(letter if letter.isalnum() or letter == "-" else "_" for letter in words), ".json"])
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(path.parent):
            raise PermissionError(f"{path.parent} is not ours alone")
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(document), encoding="utf-8")
    fresh.replace(path)
    return path


def read(environ: Mapping[str, str], config: Path | None) -> list[dict[str, Any]]:
    """Return the lists there are: in a service that of the service, else those of this user and of the service for `config` (None: all)."""
    own = _of_service(environ)
    if own is not None:
        return list(filter(None, [_load(own)]))
    places = [place for place in _places(environ) if place == SERVICE or _is_ours(place)]
    found = filter(None, [_load(path) for place in places for path in sorted(place.glob("safe*.json"))])
    wanted = None if config is None else str(config.resolve())
    return [document for document in found if wanted in {None, document["config"]}]


def _of_service(environ: Mapping[str, str]) -> Path | None:
    """Return where the list of a service is, which has a folder to itself; None outside one."""
    folder = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) / NAME if folder else None


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
    """Return a list, or None for a file that is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and {"config", "locks", "outputs", "backend"} <= document.keys() else None
