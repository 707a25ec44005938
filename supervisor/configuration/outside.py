"""Drivers outside this program: files of a folder, and installed packages; the same contract as ours, in the same registry.

Each is a module with subclasses of `SensorDriver`. What does not import costs only its own sensors: they are there, and say why.
"""

from __future__ import annotations

import ast
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.drivers.base import Channel, SensorDriver, Value
from actors.errors import PermanentError

SYSTEM: Final = Path("/etc/pilotage/drivers")
"""Beside it the folder `drivers` beside the bench's file is looked at."""
GROUP: Final = "pilotage.drivers"
"""Entry points of installed packages: each a module."""
OURS: Final = frozenset(SENSOR_DRIVER_REGISTRY)
ORIGINS: Final[dict[str, str]] = {}
"""Name of a driver from outside -> the file or package it comes from."""
PROBLEMS: Final[list[str]] = []
"""What was wrong the last time, a sentence each."""
_known: dict[Path, tuple[int, ModuleType | str]] = {}
_taken: set[str] = set()


class NotImported(SensorDriver):
    """Stands for a driver whose file does not import: its sensors say why, and all others go on."""

    reason = ""
    channels = (Channel("value", ""),)
    max_age = min_period = 1.0
    stands_in = True

    def connect(self) -> None:
        """Refuse: raises PermanentError `driver_broken`."""
        raise PermanentError("driver_broken", self.reason)

    def measure(self) -> Mapping[str, Value]:
        """Refuse: raises PermanentError `driver_broken`."""
        raise PermanentError("driver_broken", self.reason)


def take_over(bench: Path, system: Path = SYSTEM, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Put the drivers beside `bench`, those of the system and of installed packages into the registry; return what is wrong, in sentences.

    A file is executed again only when it has changed. Under systemd one that others may write is not executed at all.
    A driver that worked stays until another one takes its place, whatever becomes of its file: a bench that runs may have it.
    """
    _taken.clear()
    PROBLEMS.clear()
    folders = dict.fromkeys((bench.resolve().parent / "drivers", system))
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    for path in files:
        _register(_loaded(path, guarded="INVOCATION_ID" in environ), str(path), path)
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        origin = f"package {point.dist.name if point.dist else point.value}"
        try:
            found: ModuleType | str = point.load()
        except BaseException as error:  # noqa: BLE001 - whatever a package does when it is imported
            found = f"{type(error).__name__}: {error}"
        _register(found, origin, None)
    return tuple(PROBLEMS)


def _loaded(path: Path, *, guarded: bool) -> ModuleType | str:
    """Return the module of a file, or why there is none."""
    try:
        changed = path.stat().st_mtime_ns
        if guarded and (reason := _writable(path)):
            return reason
        if path in _known and _known[path][0] == changed:
            return _known[path][1]
        spec = spec_from_file_location(f"pilotage_driver_{path.stem}", path)
        if spec is None or spec.loader is None:
            return "it is no Python file"
        module = module_from_spec(spec)
        sys.modules[module.__name__] = module
        source = path.read_text(encoding="utf-8")
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102 - never a stale byte-code file
        found: ModuleType | str = module
    except BaseException as error:  # noqa: BLE001 - whatever a file does when it is imported
        found = f"{type(error).__name__}: {error}"
    _known[path] = changed, found
    return found


def _writable(path: Path) -> str:
    """Return why a file is not to be trusted, or an empty text."""
    for place in (path, path.parent):
        about = place.stat()
        if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or about.st_uid not in {0, os.geteuid()}:
            return f"others may write {place}: sudo chown root:root {place} && sudo chmod go-w {place}"
    return ""


def _register(found: ModuleType | str, origin: str, path: Path | None) -> None:
    if isinstance(found, str):
        PROBLEMS.append(f"the drivers of {origin} are not there: {found}")
        kinds: Iterable[type[SensorDriver]] = _stand_ins(path, f"{origin} does not import: {found}") if path else ()
    else:
        kinds = [kind for kind in vars(found).values() if _is_driver(kind, found)]
        if not kinds:
            PROBLEMS.append(f"{origin} has no driver: no class derived from SensorDriver with a `chip`")
    for kind in kinds:
        before = SENSOR_DRIVER_REGISTRY.get(kind.chip)
        if kind.chip in OURS or kind.chip in _taken:
            PROBLEMS.append(f"{origin} has a driver {kind.chip}, which {ORIGINS.get(kind.chip, 'pilotage itself')} has: it is ignored")
            continue
        _taken.add(kind.chip)
        if before is None or issubclass(before, NotImported) or not issubclass(kind, NotImported):
            SENSOR_DRIVER_REGISTRY[kind.chip], ORIGINS[kind.chip] = kind, origin


def _is_driver(kind: Any, module: ModuleType) -> bool:
    return isinstance(kind, type) and issubclass(kind, SensorDriver) and kind.__module__ == module.__name__ and hasattr(kind, "chip")


def _stand_ins(path: Path, reason: str) -> Iterator[type[SensorDriver]]:
    """Yield a stand-in for each name that the text of a file gives to a `chip`, as far as it can be read."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        import re

        names = re.findall(r"^\s+chip\s*=\s*[\"']([^\"']+)[\"']", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    else:
        assigned = [each for each in ast.walk(tree) if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)]
        names = [str(each.value.value) for each in assigned if [getattr(at, "id", "") for at in each.targets] == ["chip"]]  # type: ignore[attr-defined]
    for name in names:
        yield type(name, (NotImported,), {"chip": name, "reason": reason})
