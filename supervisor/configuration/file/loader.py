"""Find a `config.py`, execute it, hand its names to the checks: within a time limit, in a thread of its own. Opens nothing but the file."""

from __future__ import annotations

import ast
import os
import threading
import traceback
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from actors.bench.devices import Bench
from supervisor.configuration.file import bounded
from supervisor.configuration.file.bounded import OverdueError
from supervisor.configuration.file.keys import equip
from supervisor.configuration.file.source import READABLE, parse, read, run_problem, syntax_problem
from supervisor.configuration.problems import ConfigurationError, Problem, Report

MODULE_NAME = "__pilotage_config__"
SYSTEM_PATH = Path("/etc/pilotage/config.py")
VARIABLE = "PILOTAGE_CONFIG"
Outcome = tuple[Bench | None, tuple[Problem, ...], tuple[str, ...]]
"""The bench, None if there is any error; every error; every warning."""
_ENDS: Final = "a Python file that comes to its end by itself, without waiting for anything"


def find(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """Return the file to load: `explicit`, else PILOTAGE_CONFIG, else ./config.py, else /etc/pilotage/config.py, else None.

    Raises `ConfigurationError` when a file named by `explicit` or by the variable does not exist.
    """
    for named, where in ((explicit, "--config"), (environ.get(VARIABLE), VARIABLE)):
        if named:
            path = cwd / named
            if not _exists(path):
                raise ConfigurationError([Problem(str(path), where, "", "no such file", READABLE)])
            return path
    return next((path for path in (cwd / "config.py", SYSTEM_PATH) if _exists(path)), None)


def _exists(path: Path) -> bool:
    """Tell whether there is anything at `path`: what is there but cannot be used must be reported, never passed over in silence."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def default_bench_path() -> Path:
    """Return the default bench: package data beside `supervisor` once installed, the repository's `config.py` in a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "default_config.py"
    return packaged if packaged.is_file() else package.parent / "config.py"


def load(path: Path) -> Bench:
    """Return the bench that `path` describes, as `check` has it; raises `ConfigurationError` with every error in it."""
    bench, problems, _warnings = check(path)
    if bench is None:
        raise ConfigurationError(problems)
    return bench


def check_whole(path: Path, bus: int | None = None) -> Outcome:
    """Return what `check` returns, with the key files of `CURVE` read and checked too: for whoever the daemon runs as, and root."""
    return with_keys(path, check(path, bus=bus))


def with_keys(path: Path, outcome: Outcome) -> Outcome:
    """Return the outcome of `check` for `path` with the key files of `CURVE` read and checked too."""
    bench, problems, warnings = outcome
    if bench is None:
        return outcome
    try:
        bench = equip(bench)
    except ConfigurationError as error:
        return None, error.problems, warnings
    except Exception as error:  # noqa: BLE001 - as in `_check`
        return None, (_unforeseen(error, path),), warnings
    return bench, problems, bench.warnings


def check(path: Path, patience: float | None = None, bus: int | None = None) -> Outcome:
    """Return the bench (None if there is any error), every error, every warning; within `patience` seconds, whatever the file does.

    None is `bounded.READ_WITHIN`, which a test may shorten for a whole process. `bus` stands in the place of `I2C_BUS_ID`: the number
    that a running daemon keeps until it ends.
    Raises nothing by itself: only what a signal handler raises while this waits, such as KeyboardInterrupt.
    """
    for part in (
        "sections.access",
        "bench",
        "duplicates",
        "outside",
    ):  # loaded before the time begins: on a slow card that takes longer than the file
        import_module(f"supervisor.configuration.{part}")
    seconds = bounded.READ_WITHIN if patience is None else patience
    try:
        return bounded.bounded(partial(_check, path, bus), path, seconds)
    except OverdueError as error:
        return overdue(error, path, seconds)


def overdue(error: OverdueError, path: Path, seconds: float) -> Outcome:
    """Return what is said of a file that does not come to its end."""
    where = "" if error.line is None else f" in line {error.line}"
    return None, (Problem(str(path), "", "", f"the file is still at work{where} after {seconds:g} s", _ENDS, "", error.line),), ()


def _check(path: Path, bus: int | None) -> Outcome:
    report = Report(str(path))
    try:
        tree = parse(read(path), path)
        threads = set(threading.enumerate())
        names = execute(tree, path)
    except ConfigurationError as error:
        return None, error.problems, ()
    for thread in set(threading.enumerate()) - threads:
        report.warn("", f"the file leaves a thread behind ({thread.name}); nothing waits for it, and it ends with the program")
    from supervisor.configuration.bench import make
    from supervisor.configuration.duplicates import repeated_keys
    from supervisor.configuration.outside import take_over
    from supervisor.configuration.sections.access import locate

    try:
        for text in take_over(path):
            report.warn("", text)
        repeated_keys(tree, names, report)
        bench = make(names, report, bus)
        locate(tree, report)
    except BaseException as error:  # noqa: BLE001 - a fault of the checks must not become one of the daemon that reads its file again
        return None, (*report.problems, _unforeseen(error, path)), tuple(report.warnings)
    return bench, tuple(report.problems), tuple(report.warnings)


def _unforeseen(error: BaseException, path: Path) -> Problem:
    """Describe a file that the checks themselves stumble over."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    found = f"the check stumbles over this file: {run_problem(error, path).found} ({Path(where.filename).name}:{where.lineno})"
    return Problem(str(path), "", "", found, "", "that is a fault of this program: please report it with the file")


def execute(tree: ast.Module, path: Path) -> dict[str, Any]:
    """Return the names that executing `tree` leaves behind; raises `ConfigurationError` with the line.

    Not an import: those serve a stale byte-code file after two edits of equal size within a second, and let the directory shadow modules.
    """
    names: dict[str, Any] = {"__file__": str(path), "__name__": MODULE_NAME}
    try:
        exec(compile(tree, str(path), "exec", dont_inherit=True), names)  # noqa: S102 - the configuration is a Python file by design
    except SyntaxError as error:
        raise ConfigurationError([syntax_problem(error, path)]) from None
    except BaseException as error:  # noqa: BLE001 - whatever the file does, SystemExit included, is an error of the file
        raise ConfigurationError([run_problem(error, path)]) from None
    return names
