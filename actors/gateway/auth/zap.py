"""libzmq's question who may connect, answered in the gateway's own loop (ZAP, RFC 27 of ZeroMQ; no thread of its own)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import zmq

ENDPOINT: Final = "inproc://zeromq.zap.01"
DOMAIN: Final = b"pilotage"
"""A listener without a domain does not ask at all, as long as it wants no keys."""
VERSION: Final = b"1.0"
FRAMES: Final = 6
"""Version, request, domain, address, identity, mechanism; the credentials follow: none of NULL, the public key of CURVE."""
AT_ONCE: Final = 8
"""Questions answered in one go, so that a storm of connections leaves time for clients."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who wants to connect: `key` is the public key (32 bytes) on the port with keys, None on the plain one."""

    address: str
    key: bytes | None


Decide = Callable[[Question], str | None]
"""Returns what is written on every message of that connection as its User-Id, or None to refuse it."""


class Zap:
    """The handler of one context. It must be open before a listener that asks is bound. Gateway thread."""

    def __init__(self, context: zmq.Context[Any], decide: Decide) -> None:
        self.socket: zmq.Socket[bytes] = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(ENDPOINT)
        self._decide = decide

    def answer(self) -> None:
        """Answer the questions that wait, up to `AT_ONCE`."""
        for _ in range(AT_ONCE):
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.socket.send_multipart(reply(frames, self._decide), zmq.NOBLOCK)

    def close(self) -> None:
        """Answer nobody any more: who asks is refused by libzmq."""
        self.socket.close(linger=0)


def reply(frames: list[bytes], decide: Decide) -> list[bytes]:
    """Return the answer to a question; what is no question of ours is refused."""
    number = frames[1] if len(frames) > 1 else b""
    question = _question(frames)
    user = None if question is None else decide(question)
    if user is None:
        return [VERSION, number, b"400", b"refused", b"", b""]
    return [VERSION, number, b"200", b"OK", user.encode(), b""]


def _question(frames: list[bytes]) -> Question | None:
    if len(frames) < FRAMES or frames[0] != VERSION or frames[2] != DOMAIN:
        return None
    address, mechanism, credentials = frames[3].decode("ascii", "replace"), frames[5], frames[FRAMES:]
    if mechanism == b"NULL":
        return Question(address, None)
    return Question(address, credentials[0]) if mechanism == b"CURVE" and len(credentials) == 1 else None
