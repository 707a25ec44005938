"""Making a key file: text as CurveZMQ's tools write it (a certificate in ZPL), for its owner's eyes only. Any thread.

It is read by `pilotage.wire.key`, as a client's own is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pilotage.errors import KeyFileError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}", re.ASCII)


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
