"""Where a request came from, as ZeroMQ says of each message."""

from __future__ import annotations

import zmq

from actors.gateway.poller import Frames

GIVEN, GIVEN_LENGTH = b"\0", 5
"""What an identity begins with that ZeroMQ gave to one connection, for good, and its length (libzmq, `router_t::identify_peer`)."""


def descriptor_of(frames: Frames) -> int | None:
    """Return the descriptor of the connection that `frames` came through; it may be another connection's by now."""
    try:
        return int(frames.last.get(zmq.SRCFD))
    except (zmq.ZMQError, TypeError, ValueError):
        return None


def is_given(identity: bytes) -> bool:
    """Return whether ZeroMQ gave this identity to one connection, and will never give it again."""
    return len(identity) == GIVEN_LENGTH and identity.startswith(GIVEN)


def has_shaken_hands(frames: Frames) -> bool:
    """Return whether it comes by ZMTP 3: earlier ones do not tell the kind of socket, nor ZeroMQ of their handshakes."""
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
