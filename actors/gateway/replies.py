"""Replies -> JSON. Pure: nothing but valid JSON leaves."""

from __future__ import annotations

import json
from typing import Any

from actors.errors import Fault


def acknowledged(value: Any, request_id: bytes | None = None, **extra: Any) -> bytes:
    """Return the reply that carries `value`; raises ValueError if it holds NaN or an infinity."""
    if type(value) is float and value - value == 0.0:
        return _with_id(b'{"state": "ACK", "value": ' + repr(value).encode(), request_id)
    return _with_id(json.dumps({"state": "ACK", "value": value, **extra}, allow_nan=False).encode()[:-1], request_id)


def acknowledged_numbers(values: list[float], request_id: bytes | None = None) -> bytes:
    """Return the reply that carries a list of floats: as `acknowledged`, without the encoder, since Python writes them as JSON does."""
    total = sum(values)
    if total - total != 0.0:  # an infinity or NaN among them, or a sum beyond the largest float
        return acknowledged(values, request_id)
    return _with_id(b'{"state": "ACK", "value": ' + repr(values).encode(), request_id)


def refused(fault: Fault, request_id: bytes | None = None) -> bytes:
    """Return the ERROR reply for `fault`."""
    return _with_id(json.dumps(error_object(fault)).encode()[:-1], request_id)


def error_object(fault: Fault) -> dict[str, str]:
    """Return what stands in the place of a value that is not there."""
    return {"state": "ERROR", "value": fault.message, "code": fault.code}


def _with_id(head: bytes, request_id: bytes | None) -> bytes:
    return head + b"}" if request_id is None else head + b', "id": ' + request_id + b"}"
