"""One key file: text as CurveZMQ's tools write it (a certificate in ZPL), for its owner's eyes only. Any thread."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LARGEST: Final = 4096
"""Bytes of a key file; a longer one is none."""
OTHERS: Final = 0o077
"""Of a file's mode: what its group and everybody else may do."""
_PAIR: Final = re.compile(r'\s*([a-z-]+)\s*=\s*"([^"]*)"\s*', re.ASCII)
_Z85: Final = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}", re.ASCII)
"""32 bytes in Z85 (RFC 32 of ZeroMQ)."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}", re.ASCII)


class KeyFileError(Exception):
    """A key file cannot be used; the text is a sentence that names the file, and never what is in it."""


def read(path: Path) -> dict[str, str]:
    """Return the entries of a key file that only its owner may read; raises KeyFileError."""
    try:
        with path.open("rb") as file:
            check_mode(path, os.fstat(file.fileno()))
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


def check_mode(path: Path, status: os.stat_result) -> None:
    """Raise KeyFileError if `path` is no regular file, or others than its owner may read or change it. Windows has no such modes."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{path}: this is no file")
    if os.name == "posix" and status.st_mode & OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise KeyFileError(f"{path}: others than its owner may use it (its mode is {mode:04o}); chmod 600 {path}")


def key(path: Path, entries: Mapping[str, str], name: str) -> str:
    """Return the key called `name`, in Z85; raises KeyFileError."""
    value = entries.get(name, "")
    if not _Z85.fullmatch(value):
        raise KeyFileError(f"{path}: there is no {name}, or it is none of 40 characters in Z85")
    return value


def is_name(text: str) -> bool:
    """Return whether a key may be called `text`."""
    return _NAME.fullmatch(text) is not None


def write(path: Path, heading: str, metadata: Mapping[str, str], curve: Mapping[str, str], owner: tuple[int, int] | None = None) -> None:
    """Make a new key file of mode 0600, of `owner` (user, group) if given; raises KeyFileError, also if it exists."""
    lines = [f"# {line}" for line in heading.splitlines()]
    for section, entries in (("metadata", metadata), ("curve", curve)):
        lines += [section, *(f'    {name} = "{value}"' for name, value in entries.items())]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{path} exists already; a key is never overwritten") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - a descriptor
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(descriptor)
            if owner is not None:
                os.fchown(descriptor, *owner)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from None
