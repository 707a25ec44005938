"""Connections that have ended, and what they had sent before: ZeroMQ hands it over all the same, and nobody can be answered any more.

Were it served, whoever floods the daemon and comes back each time it is cut would have ever more of it waiting. Gateway thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import zmq

from actors.gateway.net.newness import HANDSHAKE
from actors.gateway.net.tcp import Connection
from actors.gateway.poller import Frames

GIVEN, GIVEN_LENGTH = b"\0", 5
"""What an identity begins with that ZeroMQ gave to one connection, for good, and its length (libzmq, `router_t::identify_peer`)."""
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


def is_given(identity: bytes) -> bool:
    """Return whether ZeroMQ gave this identity to one connection, and will never give it again."""
    return len(identity) == GIVEN_LENGTH and identity.startswith(GIVEN)


def can_have_come_through(connection: Connection, frames: Frames) -> bool:
    """Return whether so much has come through a connection that `frames` can be part of it.

    Whoever took over the descriptor of one that has ended has, a moment later, sent less than what the former one left behind.
    """
    flow = connection.flow()
    return flow is None or flow[0] >= len(frames.body) + (HANDSHAKE if has_shaken_hands(frames) else 0)


def has_shaken_hands(frames: Frames) -> bool:
    """Return whether it comes by ZMTP 3: earlier ones do not tell the kind of socket, and begin with less."""
    try:
        return bool(frames.last.get("Socket-Type"))
    except zmq.ZMQError:
        return False


def handed_over(frames: Frames) -> bool:
    """Return whether another connection has taken the identity of this one: what it had sent comes under one that ZeroMQ gave it then."""
    try:
        return is_given(frames.identity) and bool(frames.last.get("Identity"))
    except UnicodeDecodeError:  # a name, though no text
        return True
    except zmq.ZMQError:
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
        if identity in self._left and is_given(identity):
            return
        self._left.pop(identity, None)
        self._left[identity] = [descriptor, 0]
        if len(self._left) > MOST:
            self._left.popitem(last=False)

    def back(self, identity: bytes) -> None:
        """Note that a client is there again, as one that names itself may be."""
        if not is_given(identity):
            self._left.pop(identity, None)

    def is_late(self, frames: Frames) -> bool:
        """Return whether a request came through a connection that has ended, and needs no look."""
        left = self._left.get(frames.identity)
        if left is None:
            return False
        if not is_given(frames.identity) and (descriptor_of(frames) != left[0] or self._is_there(left[0], frames)):
            return False
        if frames.may_drive and left[1] < MOST_LATE:
            left[1] += 1
            return False
        return True
