"""Connections that have ended, and what they had sent before: ZeroMQ hands it over all the same, and nobody can be answered any more.

Were it served, whoever floods the daemon and comes back each time it is cut would have ever more of it waiting. Gateway thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import zmq

from actors.poller import Frames

GIVEN: Final = b"\0"
"""What an identity begins with that ZeroMQ gave to one connection, for good (zmq_socket(3), ROUTER)."""
MOST: Final = 1024
"""Connections that are remembered; the one that ended first is forgotten first."""
MOST_LATE: Final = 256
"""Requests of one of them that may drive, and are looked at: `off` is done for whoever has gone, the others are refused and recorded."""


def descriptor_of(frames: Frames) -> int | None:
    """Return the descriptor of the connection that `frames` came through; it may be another connection's by now."""
    try:
        return int(frames.last.get(zmq.SRCFD))
    except (zmq.ZMQError, TypeError, ValueError):
        return None


def handed_over(frames: Frames) -> bool:
    """Return whether another connection has taken the identity of this one: what it had sent comes under one that ZeroMQ gave it then."""
    try:
        return frames.identity.startswith(GIVEN) and bool(frames.last.get("Identity"))
    except (zmq.ZMQError, UnicodeDecodeError):
        return False


class Departed:
    """`is_there(descriptor, frames)` tells whether `frames` may have come through the connection that has this descriptor now."""

    def __init__(self, is_there: Callable[[int, Frames], bool]) -> None:
        self._is_there = is_there
        self._left: OrderedDict[bytes, list[int]] = OrderedDict()

    def __contains__(self, identity: object) -> bool:
        return identity in self._left

    def add(self, identity: bytes, descriptor: int) -> None:
        """Note that the connection of a client has ended."""
        self._left.pop(identity, None)
        self._left[identity] = [descriptor, 0]
        if len(self._left) > MOST:
            self._left.popitem(last=False)

    def back(self, identity: bytes) -> None:
        """Note that a client is there again, as one that names itself may be."""
        self._left.pop(identity, None)

    def is_late(self, frames: Frames) -> bool:
        """Return whether a request came through a connection that has ended, and needs no look."""
        left = self._left.get(frames.identity)
        if left is None:
            return False
        if not frames.identity.startswith(GIVEN) and (descriptor_of(frames) != left[0] or self._is_there(left[0], frames)):
            return False
        if frames.may_drive and left[1] < MOST_LATE:
            left[1] += 1
            return False
        return True
