"""What goes through the pipe to the output process: one JSON object a line, each answer with the number of its command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from actors.errors import DeviceError, PermanentError, TransientError

LONGEST: Final = 4096
"""Bytes. A longer line is no command and no answer of ours."""
_KINDS: Final = {kind.__name__: kind for kind in (DeviceError, TransientError, PermanentError)}


class State(NamedTuple):
    """What a pin does: the fields of `actors.drivers.base.PwmState`, which the output process does without, as it starts sooner."""

    duty: float
    frequency: float
    steps: int


def encoded(message: Mapping[str, Any]) -> bytes:
    """Return one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decoded(line: bytes) -> dict[str, Any]:
    """Return the object of one line; raises ValueError for anything else."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("no object")  # noqa: TRY004 - one error for everything that is not ours
    return message


def as_data(error: DeviceError) -> dict[str, Any]:
    """Return an error as it travels."""
    return {"kind": type(error).__name__, "code": error.code, "message": error.message, "errno": error.errno}


def as_error(data: Mapping[str, Any]) -> DeviceError:
    """Return the error that `as_data` took apart."""
    kind = _KINDS.get(data["kind"], DeviceError)
    return kind(data["code"], data["message"], data["errno"])


class Lines:
    """Puts pieces of a stream together to lines."""

    def __init__(self) -> None:
        self._rest = b""

    def add(self, piece: bytes) -> list[bytes]:
        """Return the lines that `piece` completes; raises ValueError when a line grows too long."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST:
            raise ValueError(f"a line of more than {LONGEST} bytes")
        return lines
