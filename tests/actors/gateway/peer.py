"""A raw ZeroMQ peer, as both plugin generations are one, and the strict reading of what it is answered."""

import json
import math
import re
from typing import Any, Self

import zmq

from actors.core.codes import CODES
from tests.fakes import PATIENCE

EXCEPTION_TEXT = re.compile(r"Traceback|\w+Error\b|\w+Exception\b|<class |\bNoneType\b|0x[0-9a-f]{8,}")
"""What must never reach a person: names of exceptions, classes and objects of Python."""


def strict(body: bytes) -> dict[str, Any]:
    """Return a reply, after checking that it is one strict JSON object of the envelope."""
    reply = json.loads(body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_without_duplicates)
    assert isinstance(reply, dict)
    assert reply["state"] in {"ACK", "ERROR"}
    if reply["state"] == "ERROR":
        error(reply)
    else:
        assert "code" not in reply
        _finite(reply["value"])
    return reply


def error(reply: dict[str, Any]) -> str:
    """Return the code of an ERROR, after checking that it says something to a person."""
    assert reply["state"] == "ERROR"
    text, code = reply["value"], reply["code"]
    assert isinstance(text, str)
    assert len(text) > 10, text
    assert not EXCEPTION_TEXT.search(text), text
    assert code in CODES, f"no table tells what {code} means"
    return str(code)


def is_number(value: object) -> bool:
    """Return whether the plugin would take this for a value."""
    return type(value) in {int, float}


def _refuse(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def _finite(value: Any) -> None:
    if isinstance(value, float):
        assert math.isfinite(value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(inner)


class Peer:
    """One socket. `kind` is zmq.DEALER or zmq.REQ, `options` are those of the socket; no wait is longer than `PATIENCE`.

    A request that drives gets the mark of the connection, so that it is done at once; unless `marks` is False, as of a client that knows
    of no marks.
    """

    def __init__(self, endpoint: str, kind: int = zmq.DEALER, identity: bytes | None = None, *, marks: bool = True, **options: int) -> None:
        self.marks = marks
        self.boot: str | None = None
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        if identity is not None:
            self.socket.setsockopt(zmq.IDENTITY, identity)
        for name, value in options.items():
            self.socket.setsockopt(getattr(zmq, name), value)
        self.socket.connect(endpoint)

    def send(self, *requests: bytes | dict[str, Any] | list[Any], delimiter: bool = False) -> None:
        """Send each request as one body, pipelined."""
        for request in [self._marked(request) for request in requests]:
            body = request if isinstance(request, bytes) else json.dumps(request).encode()
            self.socket.send_multipart([b"", body] if delimiter else [body])

    def introduce(self) -> Self:
        """Ask for the mark of this connection, by a `scan` to which nothing else must be due."""
        self.ask({"type": "scan"})
        return self

    def _marked(self, request: Any) -> Any:
        if not self.marks or not isinstance(request, dict) or request.get("type") not in {"PI", "PI-MULTI"} or "boot" in request:
            return request
        if self.boot is None:
            self.introduce()
        return request if self.boot is None else {**request, "boot": self.boot}

    def frames(self, patience: float = PATIENCE) -> list[bytes]:
        """Return the next reply as it comes."""
        assert self.socket.poll(int(patience * 1000)), "no reply"
        return self.socket.recv_multipart()

    def reply(self, patience: float = PATIENCE) -> dict[str, Any]:
        """Return the next reply, which must be one frame of strict JSON."""
        frames = self.frames(patience)
        assert len(frames) == 1, frames
        reply = strict(frames[0])
        self.boot = reply.get("boot", self.boot)
        return reply

    def ask(self, request: bytes | dict[str, Any] | list[Any]) -> dict[str, Any]:
        """Send one request and return its reply."""
        self.send(request)
        return self.reply()

    def value(self, request: bytes | dict[str, Any]) -> Any:
        """Return the value of an ACK."""
        reply = self.ask(request)
        assert reply["state"] == "ACK", reply
        return reply["value"]

    def code(self, request: bytes | dict[str, Any] | list[Any]) -> str:
        """Return the code of an ERROR."""
        return error(self.ask(request))

    def silent(self, seconds: float = 0.03) -> bool:
        """Return whether no reply comes within a short while: the only way to see that nothing is sent."""
        return not self.socket.poll(int(seconds * 1000))

    def close(self) -> None:
        self.context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def aq(add: Any, channel: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a request for a sensor's channel."""
    return {"type": "AQ", "register": "add", "add": add, **({} if channel is None else {"channel": channel}), **more}


def aq_pin(pin: Any, **more: Any) -> dict[str, Any]:
    """Return a request for an output's read-back."""
    return {"type": "AQ", "register": "pin", "pin": pin, **more}


def pi(pin: Any, value: Any, **more: Any) -> dict[str, Any]:
    """Return a request to drive an output."""
    return {"type": "PI", "register": "pin", "pin": pin, "value": value, **more}


def multi(kind: str, *components: Any, **more: Any) -> dict[str, Any]:
    """Return a request of several components, each of which may be a whole request."""
    return {"type": kind, "components": [_plain(part) for part in components], **more}


def _plain(part: Any) -> Any:
    return {key: value for key, value in part.items() if key != "type"} if isinstance(part, dict) else part
