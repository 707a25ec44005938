"""Find a `config.py`, execute it, hand its names to the checks. All of it runs in the caller's thread and opens nothing but the file."""

from __future__ import annotations

import ast
import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.specs import Bench
from supervisor.configuration.problems import ConfigurationError, Problem, Report, shown

MODULE_NAME = "__pilotage_config__"
SYSTEM_PATH = Path("/etc/pilotage/config.py")
VARIABLE = "PILOTAGE_CONFIG"
_READABLE = "a readable Python file, as docs/configuration.md describes it"
_RUNS = "a Python file that runs without an error"


def find(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """Return the file to load: `explicit`, else PILOTAGE_CONFIG, else ./config.py, else /etc/pilotage/config.py, else None.

    Raises `ConfigurationError` when a file named by `explicit` or by the variable does not exist.
    """
    for named, where in ((explicit, "--config"), (environ.get(VARIABLE), VARIABLE)):
        if named:
            path = cwd / named
            if not _exists(path):
                raise ConfigurationError([Problem(str(path), where, "", "no such file", _READABLE)])
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
    package = Path(__file__).resolve().parent.parent
    packaged = package / "default_config.py"
    return packaged if packaged.is_file() else package.parent / "config.py"


def load(path: Path, *, whole: bool = False) -> Bench:
    """Return the bench that `path` describes, as `check` or `check_whole` has it; raises `ConfigurationError` with every error in it."""
    bench, problems, _warnings = check_whole(path) if whole else check(path)
    if bench is None:
        raise ConfigurationError(problems)
    return bench


def check_whole(path: Path) -> tuple[Bench | None, tuple[Problem, ...], tuple[str, ...]]:
    """Return what `check` returns, with the key files of `CURVE` read and checked too: for whoever the daemon runs as, and root."""
    from supervisor.configuration.access import equip

    bench, problems, warnings = check(path)
    if bench is None:
        return None, problems, warnings
    try:
        bench = equip(bench)
    except ConfigurationError as error:
        return None, error.problems, warnings
    return bench, problems, bench.warnings


def check(path: Path) -> tuple[Bench | None, tuple[Problem, ...], tuple[str, ...]]:
    """Return the bench (None if there is any error), every error, every warning. Raises nothing but KeyboardInterrupt."""
    report = Report(str(path))
    try:
        tree = parse(read(path), path)
        names = execute(tree, path)
    except ConfigurationError as error:
        return None, error.problems, ()
    from supervisor.configuration.access import locate
    from supervisor.configuration.bench import make
    from supervisor.configuration.duplicates import repeated_keys

    repeated_keys(tree, names, report)
    bench = make(names, report)
    locate(tree, report)
    return bench, tuple(report.problems), tuple(report.warnings)


def read(path: Path) -> bytes:
    """Return the file's bytes; raises `ConfigurationError`."""
    try:
        return path.read_bytes()
    except IsADirectoryError:
        reason = "this is a directory"
    except OSError as error:
        reason = "this is a directory" if path.is_dir() else f"the file cannot be read: {error.strerror or error}"
    except ValueError:
        reason = "the file cannot be read: this is no file name"
    raise ConfigurationError([Problem(str(path), "", "", reason, _READABLE)])


def parse(source: bytes, path: Path) -> ast.Module:
    """Return the syntax tree of `source`; raises `ConfigurationError` with the line."""
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise ConfigurationError([_syntax_problem(error, path)]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError([_run_problem(error, path)]) from None


def execute(tree: ast.Module, path: Path) -> dict[str, Any]:
    """Return the names that executing `tree` leaves behind; raises `ConfigurationError` with the line.

    Not an import: those serve a stale byte-code file after two edits of equal size within a second, and let the directory shadow modules.
    """
    names: dict[str, Any] = {"__file__": str(path), "__name__": MODULE_NAME}
    try:
        exec(compile(tree, str(path), "exec", dont_inherit=True), names)  # noqa: S102 - the configuration is a Python file by design
    except KeyboardInterrupt:
        raise
    except SyntaxError as error:
        raise ConfigurationError([_syntax_problem(error, path)]) from None
    except BaseException as error:  # noqa: BLE001 - whatever the file does, SystemExit included, is an error of the file
        raise ConfigurationError([_run_problem(error, path)]) from None
    return names


def _syntax_problem(error: SyntaxError, path: Path) -> Problem:
    """Describe a file that Python cannot compile (or one that ran a bad `exec` of its own)."""
    line = error.lineno if error.filename == str(path) else _line(error, path)
    if "codec can't decode" in error.msg:
        return Problem(str(path), "", "", "the file is not UTF-8", "UTF-8 text: save the file in that encoding", "", line or None)
    return Problem(str(path), "", "", f"{type(error).__name__}: {error.msg}", _RUNS, "", line or None)


def _run_problem(error: BaseException, path: Path) -> Problem:
    """Describe a file that stops with an exception, at its deepest line in that file."""
    if isinstance(error, SystemExit):
        return Problem(str(path), "", "", f"the file ends the program: SystemExit({shown(error.code)})", _RUNS, "", _line(error, path))
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception class of the user's own
        text = "?"
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return Problem(str(path), "", "", f"{type(error).__name__}: {text[:200]}", _RUNS, "", _line(error, path))


def _line(error: BaseException, path: Path) -> int | None:
    """Return the last line of `path` that `error` passed through."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    return lines[-1] if lines else None
