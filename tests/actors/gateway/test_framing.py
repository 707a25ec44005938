"""Frames: a DEALER with or without the empty delimiter, a REQ, and everything that is neither."""

import json

import pytest
import zmq

from tests.actors.gateway.peer import Peer, error, pi, strict
from tests.actors.gateway.stage import Stage

SCAN = b'{"type":"scan"}'


def test_a_dealer_that_sends_the_body_alone_gets_the_body_alone(peer: Peer) -> None:
    peer.socket.send(SCAN)
    (body,) = peer.frames()
    assert strict(body)["state"] == "ACK"


def test_a_req_sends_the_empty_delimiter_and_gets_it_back(stage: Stage) -> None:
    peer = stage.peer(zmq.REQ)
    for _ in range(2):
        peer.socket.send(SCAN)
        (body,) = peer.frames()  # the REQ socket itself takes the delimiter off, and drops a reply without one
        assert strict(body)["state"] == "ACK"


@pytest.mark.parametrize(
    ("frames", "delimited"),
    [
        ([b"x", SCAN], False),
        ([SCAN, SCAN], False),
        ([SCAN, b""], False),
        ([b"", b"", SCAN], True),
        ([b"", SCAN, b""], True),
        ([b"", b"x", SCAN], True),
        ([b"a", b"b", b"c", SCAN], False),
        ([b""] * 50, True),
        ([b"\xff" * 300, b"\0"], False),
    ],
)
def test_any_other_frame_list_gets_an_error(peer: Peer, frames: list[bytes], delimited: bool) -> None:
    peer.socket.send_multipart(frames)
    *before, body = peer.frames()
    assert before == ([b""] if delimited else [])
    assert error(strict(body)) == "bad_frames"
    assert peer.ask({"type": "scan"})["state"] == "ACK"


def test_a_request_in_bad_frames_is_not_executed(stage: Stage, peer: Peer) -> None:
    order = json.dumps(pi(23, 255)).encode()
    for frames in ([order, order], [b"x", order], [b"", b"", order]):
        peer.socket.send_multipart(frames)
        peer.frames()
    assert stage.driven.items == []


def test_a_body_over_64_kib_is_answered_and_the_next_request_served(peer: Peer) -> None:
    assert peer.code(b" " * (64 * 1024 + 1)) == "body_too_large"
    assert peer.code(b"[" * (4 * 1024 * 1024 - 100)) == "body_too_large"
    assert peer.ask({"type": "scan"})["state"] == "ACK"


def test_a_frame_over_4_mib_cuts_its_connection_alone(stage: Stage) -> None:
    other, big = stage.peer(), stage.peer()
    assert big.ask({"type": "scan"})["state"] == "ACK"
    monitor = big.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    try:
        big.send(b" " * (4 * 1024 * 1024 + 1))
        assert monitor.poll(10_000), "the connection was not cut"
    finally:
        big.socket.disable_monitor()
        monitor.close(0)
    assert other.ask({"type": "scan"})["state"] == "ACK"
