"""The bytes of a `config.py`: read, decoded, parsed; and in words what is wrong with them, or with executing them."""

from __future__ import annotations

import ast
import codecs
import re
import traceback
from pathlib import Path
from typing import Final

from supervisor.configuration.problems import ConfigurationError, Problem, shown

READABLE: Final = "a readable Python file, as docs/reference/configuration.md describes it"
_RUNS: Final = "a Python file that runs without an error"
_UTF_8: Final = "UTF-8 text: save the file in that encoding"
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


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
    raise ConfigurationError([Problem(str(path), "", "", reason, READABLE)])


def parse(source: bytes, path: Path) -> ast.Module:
    """Return the syntax tree of `source`; raises `ConfigurationError` with the line."""
    _refuse_what_is_no_text(source, path)
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise ConfigurationError([syntax_problem(error, path)]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError([run_problem(error, path)]) from None


def _refuse_what_is_no_text(source: bytes, path: Path) -> None:
    """Name the encoding of a file with zero bytes, or say that the file is damaged; raises `ConfigurationError`."""
    encoding = next((name for mark, name in _MARKS if source.startswith(mark)), None)
    if encoding is None and b"\0" not in source:
        return
    first = source.find(b"\0")
    line, wrong = None, ""
    if not source.strip(b"\0"):
        wrong, allowed = (
            f"the file is {len(source)} zero bytes: what was in it is lost, as after a power cut while it was written",
            READABLE,
        )
    elif encoding is None and _every_other_is_zero(source):
        encoding = "UTF-16"
    if encoding is not None:
        wrong, allowed = f"the file is {encoding}, as some editors and the `>` of PowerShell write it", _UTF_8
    elif not wrong:
        line = source.count(b"\n", 0, first) + 1
        wrong, allowed = f"the file is damaged: there are {source.count(0)} zero bytes in it, the first in line {line}", READABLE
    raise ConfigurationError([Problem(str(path), "", "", wrong, allowed, "", line)])


def _every_other_is_zero(source: bytes) -> bool:
    """Tell UTF-16 without a mark: of European text, one half of each pair is zero nearly always."""
    half = len(source) // 2
    return any(source[start::2].count(0) > 0.8 * half for start in (0, 1))


def syntax_problem(error: SyntaxError, path: Path) -> Problem:
    """Describe a file that Python cannot compile (or one that ran a bad `exec` of its own)."""
    line = error.lineno if error.filename == str(path) else _line(error, path)
    if "codec can't decode" in error.msg:
        return Problem(str(path), "", "", "the file is not UTF-8", _UTF_8, "", line or None)
    comma = re.search(r"(?<![\w.])(\d+),(\d+)(?![\w.])", error.text or "")
    hint = f"a decimal comma? Python writes {comma[1]}.{comma[2]}" if comma else ""
    return Problem(str(path), "", "", f"{type(error).__name__}: {error.msg}", _RUNS, hint, line or None)


def run_problem(error: BaseException, path: Path) -> Problem:
    """Describe a file that stops with an exception, at its deepest line in that file."""
    if isinstance(error, SystemExit):
        return Problem(str(path), "", "", f"the file ends the program: SystemExit({shown(error.code)})", _RUNS, "", _line(error, path))
    try:
        text = str.__str__(str(error))
    except BaseException:  # noqa: BLE001 - an exception class of the user's own
        text = "?"
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return Problem(str(path), "", "", f"{type(error).__name__}: {text[:200]}", _RUNS, "", _line(error, path))


def _line(error: BaseException, path: Path) -> int | None:
    """Return the last line of `path` that `error` passed through."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    return lines[-1] if lines else None
