"""Which `config.py` the service gets: the one that is there, a given one, the predecessor's, or the default bench."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.bench.devices import Bench
from supervisor.configuration import check, default_bench_path
from supervisor.configuration.problems import Problem
from supervisor.setup.host import Host
from supervisor.setup.predecessor import Predecessor

CONFIG: Final = "/etc/pilotage/config.py"


@dataclass(frozen=True, slots=True)
class BenchFile:
    """Where it comes from, in words too, and what the check says of it; `bench` is None when there is any error."""

    source: Path
    origin: str
    bench: Bench | None
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


def choose(host: Host, given: Path | None, before: Predecessor | None) -> BenchFile:
    """Return the file to use, checked. One that is in place already is never replaced."""
    there = host.path(CONFIG)
    if there.exists():
        return _checked(there, f"kept         {CONFIG}" + (f"; {given} was not used" if given is not None else ""))
    if given is not None:
        return _checked(given, f"bench        {given}")
    if before is not None and before.config is not None:
        return _checked(host.path(before.config), f"bench        {before.config}, the predecessor's")
    return _checked(default_bench_path(), "bench        the default one: a fan on GPIO18, a heater on GPIO23, six sensors")


def _checked(path: Path, origin: str) -> BenchFile:
    bench, problems, warnings = check(path)
    return BenchFile(path, origin, bench, problems, warnings)


def put(host: Host, file: BenchFile) -> None:
    """Copy the file into place, root's own, unless it is there."""
    if file.source != host.path(CONFIG):
        host.write(CONFIG, file.source.read_bytes())
