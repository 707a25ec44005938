"""JSON -> requests. Pure: no socket, no hardware, no clock. The replies are in `actors.gateway.replies`.

Strict both ways: what is refused here never reaches an actor, and nothing but valid JSON leaves.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from actors.bench.devices import Limits
from actors.core.requests import REQUESTS
from actors.errors import Fault, RefusedError

MAX_BODY: Final = Limits().body
"""Bytes of a request body, unless `LIMITS` says otherwise; a longer one is answered without being parsed."""
MAX_ECHO: Final = 100
"""Characters of a request that an error message may repeat."""

READING: Final = frozenset(name for name, kind in REQUESTS.items() if kind.served == "reads")
DRIVING: Final = frozenset(name for name, kind in REQUESTS.items() if kind.served in {"writes", "loop"})
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PIN = re.compile(r"\d{1,4}", re.ASCII)
_HEX = re.compile(r"(0[xX])?[0-9a-fA-F]{1,4}", re.ASCII)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Component:
    """One thing to read or drive: an output by `pin`, or whatever answers at I2C `address`."""

    pin: int | None
    address: int | None
    channel: str | None = None
    value: float | None = None
    detail: bool = False
    max_age: float | None = None
    loop: str | None = None
    order: Mapping[str, Any] | None = None
    """Of a loop that is called by its name: what it is to do; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is well formed; a component that is not is a `Fault` in its place. `id` is JSON text, ready to be repeated."""

    type: str
    components: tuple[Component | Fault, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: bytes | None = None
    boot: Any = None  # the mark of the connection that it is meant for, if it has one

    @property
    def permission(self) -> str:
        """The type of request whose permission it needs: a loop may be looked at by whoever may see `status`."""
        looks = self.type == "loop" and all(isinstance(each, Component) and not each.order for each in self.components)
        return "status" if looks else self.type


class BadRequestError(RefusedError):
    """A request that cannot be served; keeps its `id` so that the refusal repeats it."""

    def __init__(self, code: str, message: str, request_id: bytes | None = None) -> None:
        super().__init__(code, message)
        self.id = request_id


def shown(value: object) -> str:
    """Return a piece of a request for an error message: short, printable."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except RecursionError:
        return "a deeply nested value"
    return text if len(text) <= MAX_ECHO else text[: MAX_ECHO - 3] + "..."


def too_large(limit: int) -> Fault:
    """Return what is wrong with a request of more than `limit` bytes."""
    return Fault("body_too_large", f"the request is longer than {limit} bytes")


def bad_frames(count: int) -> Fault:
    """Return what is wrong with a request of `count` frames."""
    return Fault("bad_frames", f"a request is one frame, with or without an empty one before it; this one has {count} in all")


def decode(body: bytes, max_components: int = 256, max_body: int = MAX_BODY) -> Request:
    """Return the request in `body`; raises BadRequestError with a sentence and a code."""
    if len(body) > max_body:
        fault = too_large(max_body)
        raise BadRequestError(fault.code, fault.message)
    document = _parse(body)
    if not isinstance(document, dict):
        raise BadRequestError("bad_request", "a request is one JSON object")
    request_id = _id_of(document)
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in REQUESTS:
        raise BadRequestError("unknown_type", f"unknown request type {shown(kind)}; known: {', '.join(sorted(REQUESTS))}", request_id)
    components = "components" in REQUESTS[kind].fields
    alone = _single if kind in READING or kind in DRIVING else _since if kind == "history" else _plain
    decode_this = _loop if kind == "loop" else _multi if components else alone
    try:
        return decode_this(document, request_id, max_components)
    except BadRequestError as error:
        error.id = request_id
        raise


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        document = _DECODER.decode(text)
        if _SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except BadRequestError:
        raise
    except UnicodeDecodeError:
        raise BadRequestError("bad_encoding", "the request is not UTF-8 text") from None
    except RecursionError:
        raise BadRequestError("bad_json", "the request is nested too deeply") from None
    except UnicodeEncodeError:
        raise BadRequestError("bad_json", "the request holds half a character (a lone surrogate)") from None
    except ValueError as error:
        where = f" (at character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadRequestError("bad_json", f"the request is not valid JSON{where}") from None
    return document


def _no_constant(name: str) -> float:
    raise BadRequestError("bad_json", f"{name} is not valid JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(result := dict(pairs)) != len(pairs):
        raise BadRequestError("bad_json", "the request names a key twice")
    return result


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_duplicates)


def _id_of(document: dict[str, Any]) -> bytes | None:
    value = document.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        raise BadRequestError("bad_request", "the id is too large a number")
    return json.dumps(value).encode()


def _single(document: dict[str, Any], request_id: bytes | None, _limit: int) -> Request:
    component = _component(document, document["type"] in DRIVING, {})
    if isinstance(component, Fault):
        raise BadRequestError(component.code, component.message)
    return Request(document["type"], (component,), {}, request_id, document.get("boot"))


def _multi(document: dict[str, Any], request_id: bytes | None, limit: int) -> Request:
    components = document.get("components")
    if not isinstance(components, list):
        raise BadRequestError("bad_request", "components must be a list of objects")
    if len(components) > limit:
        raise BadRequestError("too_many_components", f"{len(components)} components are more than the {limit} allowed in one request")
    driving, boot = document["type"] in DRIVING, document.get("boot")
    return Request(document["type"], tuple(_component(entry, driving, document) for entry in components), {}, request_id, boot)


def _component(entry: Any, driving: bool, defaults: dict[str, Any]) -> Component | Fault:
    if not isinstance(entry, dict):
        return Fault("bad_component", f"a component is an object, not {shown(entry)}")
    try:
        pin, address = _target(entry)
        if driving:
            return Component(pin, address, value=_value(entry))
        return Component(
            pin,
            address,
            channel=_channel(entry),
            detail=entry.get("detail", defaults.get("detail")) is True,
            max_age=_max_age(entry.get("max_age", defaults.get("max_age"))),
        )
    except BadRequestError as error:
        return Fault.of(error)


def _target(entry: dict[str, Any]) -> tuple[int | None, int | None]:
    register = entry.get("register")
    if register == "pin":
        pin = entry.get("pin")
        if isinstance(pin, int) and not isinstance(pin, bool):
            return pin, None
        if isinstance(pin, str) and _PIN.fullmatch(pin):
            return int(pin), None
        raise BadRequestError("bad_pin", f'pin must be a whole number, as 18 or "18", not {shown(pin)}')
    if register == "add":
        address = entry.get("add")
        if isinstance(address, int) and not isinstance(address, bool):
            return None, address
        if isinstance(address, str) and _HEX.fullmatch(address):
            return None, int(address, 16)
        raise BadRequestError("bad_address", f'add must be an I2C address in hexadecimal, as "0x48", not {shown(address)}')
    raise BadRequestError("bad_register", f'register must be "add" or "pin", not {shown(register)}')


def _channel(entry: dict[str, Any]) -> str | None:
    channel = entry.get("channel")
    if channel is None or channel == "":
        return None
    if not isinstance(channel, str):
        raise BadRequestError("bad_channel", f"channel must be a name, not {shown(channel)}")
    return channel


def _max_age(value: Any) -> float | None:
    if value is None:
        return None
    number = _finite(value)
    if number is None or number < 0:
        raise BadRequestError("bad_max_age", f"max_age must be seconds, 0 or more, not {shown(value)}")
    return number


def _value(entry: dict[str, Any]) -> float:
    value = entry.get("value")
    number = _finite(float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip(" ")) else value)
    if number is None:
        raise BadRequestError("bad_value", f'value must be a finite number, as 128 or "25.5", not {shown(value)}')
    return number


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _plain(document: dict[str, Any], request_id: bytes | None, _limit: int) -> Request:
    """Return a request to which the supervisor, or the gateway itself, has the answer: its fields are texts."""
    kind = REQUESTS[document["type"]]
    arguments = {name: _text(document, name) for name in kind.fields}
    if kind.options:
        arguments["options"] = {name: _option(document, name) for name in kind.options if document.get(name) is not None}
    return Request(document["type"], (), arguments, request_id)


def _since(document: dict[str, Any], request_id: bytes | None, _limit: int) -> Request:
    """Return a request for what happened since a cursor; without one, for all there is."""
    cursor, wait, news = document.get("cursor"), document.get("wait", 0), document.get("news", "all")
    if cursor is not None and (isinstance(cursor, bool) or not isinstance(cursor, int)):
        raise BadRequestError("bad_value", f"cursor is the whole number that the last reply gave, not {shown(cursor)}")
    seconds = _finite(wait)
    if seconds is None or seconds < 0:
        raise BadRequestError("bad_value", f"wait must be seconds, 0 or more, not {shown(wait)}")
    if news not in ("all", "events"):
        raise BadRequestError("bad_value", f'news is "all" or "events", not {shown(news)}')
    return Request(document["type"], (), {"cursor": cursor, "wait": seconds, "events": news == "events"}, request_id)


def _text(document: dict[str, Any], name: str) -> Any:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ECHO:
        text = f'{document["type"]} needs "{name}", a name of at most {MAX_ECHO} characters, not {shown(value)}'
        raise BadRequestError("bad_request", text)
    return value


def _option(document: dict[str, Any], name: str) -> Any:
    value = document[name]
    if _finite(value) is None and not (isinstance(value, str) and len(value) <= MAX_ECHO):
        raise BadRequestError("bad_request", f"{name} of a {document['type']} is a number or a word, not {shown(value)}")
    return value


def _loop(document: dict[str, Any], request_id: bytes | None, _limit: int) -> Request:
    order = {name: document[name] for name in REQUESTS["loop"].options if document.get(name) is not None}
    component = Component(None, None, loop=_text(document, "name"), order=order)
    return Request("loop", (component,), {}, request_id, document.get("boot"))
