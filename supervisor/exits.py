"""Exit codes, after sysexits.h, and which of them an error of the daemon ends a command with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

EX_OK: Final = 0
EX_USAGE: Final = 64
EX_UNAVAILABLE: Final = 69
EX_SOFTWARE: Final = 70
EX_CANTCREAT: Final = 73
EX_IOERR: Final = 74
EX_TEMPFAIL: Final = 75
EX_NOPERM: Final = 77
EX_CONFIG: Final = 78

_AGAIN: Final = frozenset({"busy", "deadline", "expired", "not_settled", "stopped", "tuning", "withdrawn"})
_FORBIDDEN: Final = frozenset({"lease_expired", "lease_tripped", "not_allowed", "not_simulated", "read_only"})
_ASKED_WRONGLY: Final = frozenset({"ambiguous_name", "driven_by_pin", "no_output", "out_of_range", "read_only_pin", "too_many_components"})


before_leaving: Final[list[Callable[[], None]]] = []
"""What `leave` does first: it ends the process without `atexit`."""


def exit_code(code: str) -> int:
    """Return what a command ends with whose request was answered with the error `code`."""
    if code in {"no_resources", "unreachable"}:
        return EX_UNAVAILABLE
    if code in _ASKED_WRONGLY or (code.startswith(("unknown_", "bad_")) and code != "bad_frame"):
        return EX_USAGE
    if code in _AGAIN:
        return EX_TEMPFAIL
    if code in _FORBIDDEN or code.startswith("interlock"):
        return EX_NOPERM
    return EX_SOFTWARE if code == "internal_error" else EX_IOERR


def leave(code: int) -> NoReturn:
    """End the process though threads of it are stuck, with what was printed and recorded written out."""
    for act in before_leaving:
        act()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
