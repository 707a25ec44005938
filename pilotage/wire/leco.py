"""LECO's control protocol on the wire: frames and JSON-RPC, both ways. Pure: no socket, no clock.

What is written is what other LECO programs read; what is read is whatever a stranger may send, so nothing here raises for it.
Source: the LECO specification, control protocol 0 (https://github.com/pymeasure/leco-protocol), and JSON-RPC 2.0.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

VERSION: Final = b"\0"
JSON: Final = 1
"""The message type of a JSON payload."""
COORDINATOR: Final = "COORDINATOR"
PORT: Final = 12300
"""The port of a coordinator, unless it was given another one."""
MOST_BODY: Final = 64 * 1024
"""Bytes of a JSON payload; a longer one is refused unread."""
MOST_CALLS: Final = 16
"""Calls in one message."""
MOST_FRAMES: Final = 8
"""Frames of a message, binary ones included."""
LONGEST_NAME: Final = 128
"""Characters of a name, namespace included."""

NOT_SIGNED_IN, NAME_TAKEN, NODE_UNKNOWN, RECEIVER_UNKNOWN = -32090, -32091, -32092, -32093
BAD_JSON, BAD_CALL, UNKNOWN_METHOD, BAD_PARAMETERS, REFUSED = -32700, -32600, -32601, -32602, -32000
_HEAD: Final = 4
_HEADER: Final = 20
_ID: Final = 16
_UUID7: Final = 7


@dataclass(frozen=True, slots=True)
class Message:
    """One message: who it is for and from (full names), which conversation it belongs to, the type and frames of what it carries."""

    receiver: str
    sender: str
    conversation: bytes
    kind: int = JSON
    payload: tuple[bytes, ...] = ()

    def frames(self) -> list[bytes]:
        """Return it as the frames that a DEALER sends."""
        header = self.conversation + b"\0\0\0" + bytes([self.kind])
        return [VERSION, self.receiver.encode("ascii"), self.sender.encode("ascii"), header, *self.payload]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that somebody makes of us; `id` is None for one that wants no answer. `binary`: frames came along."""

    method: str
    params: dict[str, Any] = field(default_factory=dict)
    id: Any = None
    wants_answer: bool = False
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request of ours: its result, or the `code` of an error with its sentence, and what is said with it."""

    result: Any = None
    code: int | None = None
    data: Any = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """What is no call and no answer, and the error that says so."""

    code: int
    problem: str
    id: Any = None


Content = Call | Answer | Malformed


def decode(frames: Sequence[bytes]) -> Message | None:
    """Return the message in `frames`; None for what is none, which is not worth an answer: nobody knows whose it is."""
    if not _HEAD <= len(frames) <= MOST_FRAMES or frames[0] != VERSION or len(frames[3]) != _HEADER:
        return None
    if not all(0 < len(name) <= LONGEST_NAME for name in frames[1:3]):
        return None
    try:
        receiver, sender = frames[1].decode("ascii"), frames[2].decode("ascii")
    except UnicodeDecodeError:
        return None
    if not (receiver.isprintable() and sender.isprintable()):
        return None
    return Message(receiver, sender, frames[3][:_ID], frames[3][-1], tuple(frames[4:]))


def content(message: Message, most: int = MOST_BODY) -> list[Content]:
    """Return the calls and answers in a message, of at most `most` bytes; an empty list for a heart-beat."""
    if not message.payload:
        return []
    if message.kind != JSON:
        return [Malformed(BAD_JSON, f"only JSON is understood here (message type {JSON}), not type {message.kind}")]
    if len(message.payload[0]) > most:
        return [Malformed(BAD_CALL, f"the message is longer than {most} bytes")]
    try:
        document = _DECODER.decode(message.payload[0].decode())
        if b"\\u" in message.payload[0]:
            json.dumps(document, ensure_ascii=False).encode()  # half a character (a lone surrogate) could not be repeated
    except (ValueError, RecursionError):
        return [Malformed(BAD_JSON, "the message is not valid JSON")]
    parts = document if isinstance(document, list) else [document]
    if not 0 < len(parts) <= MOST_CALLS:
        return [Malformed(BAD_CALL, f"a message holds 1 to {MOST_CALLS} calls")]
    return [_part(part, binary=len(message.payload) > 1) for part in parts]


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not valid JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
_ENCODER: Final = json.JSONEncoder(allow_nan=False)
"""Made once: `json.loads` and `json.dumps` would make them for each message, which takes longer than their work."""
_NUMBER: Final = (str, int, float)


def _part(part: Any, *, binary: bool) -> Content:
    if not isinstance(part, dict):
        return Malformed(BAD_CALL, "a call is a JSON object")
    number = part.get("id")
    number = number if isinstance(number, _NUMBER) and not isinstance(number, bool) else None
    method, params = part.get("method"), part.get("params")
    if method is None and ("result" in part or "error" in part):
        return _answer(part)
    if not isinstance(method, str):
        return Malformed(BAD_CALL, "a call has a method, which is a text", number)
    if params is None or params == []:
        params = {}
    if not isinstance(params, dict):
        return Malformed(BAD_PARAMETERS, "parameters are given by their names: an object", number)
    return Call(method, params, number, "id" in part, binary)


def _answer(part: dict[str, Any]) -> Answer:
    error = part.get("error")
    if error is None:
        return Answer(part.get("result"))
    said = error if isinstance(error, dict) else {}
    code = said.get("code")
    return Answer(None, code if isinstance(code, int) else REFUSED, said.get("data"), str(said.get("message", "")))


def call(method: str, params: dict[str, Any] | None = None, number: int | None = None) -> bytes:
    """Return the payload that calls `method`; one without a `number` wants no answer."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    body |= {} if number is None else {"id": number}
    return _ENCODER.encode(body | ({} if params is None else {"params": params})).encode()


def result(number: Any, value: Any) -> bytes:
    """Return the payload that answers a call with a value; raises ValueError for NaN or an infinity."""
    return _ENCODER.encode({"jsonrpc": "2.0", "id": number, "result": value}).encode()


def error(number: Any, code: int, message: str, data: Any = None) -> bytes:
    """Return the payload that answers a call with an error; `data` is what a program reads."""
    body: dict[str, Any] = {"code": code, "message": message}
    return json.dumps({"jsonrpc": "2.0", "id": number, "error": body | ({} if data is None else {"data": data})}).encode()


def conversation(wall: float) -> bytes:
    """Return a new conversation id of the time `wall` (Unix seconds): a UUID of version 7 (RFC 9562, section 5.7)."""
    number = int(wall * 1000).to_bytes(6, "big") + secrets.token_bytes(10)
    return number[:6] + bytes([0x70 | number[6] & 0x0F]) + number[7:8] + bytes([0x80 | number[8] & 0x3F]) + number[9:]


def sent_at(conversation_id: bytes) -> float | None:
    """Return by whose clock what (Unix seconds): when the sender made this id; None for one that does not tell."""
    if len(conversation_id) != _ID or conversation_id[6] >> 4 != _UUID7 or conversation_id[8] >> 6 != 2:  # noqa: PLR2004 - its variant
        return None
    return int.from_bytes(conversation_id[:6], "big") / 1000


def last_part(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(".")[2]


def is_name(text: str) -> bool:
    """Whether a text may be the name of a component: printable ASCII without a dot or a blank."""
    return text.isascii() and text.isprintable() and bool(text) and "." not in text and " " not in text
