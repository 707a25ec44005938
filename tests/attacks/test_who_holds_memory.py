"""Who holds the daemon's memory is cut, and nobody else; the size of the process is told by the test."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import zmq
from structlog.testing import capture_logs

from actors.gateway import sessions as desk
from actors.gateway.net.memory import SPARE, give_back, resident
from benchmarks import hostile
from tests.actors.gateway.peer import Peer, aq
from tests.actors.gateway.stage import Stage
from tests.fakes import eventually

SCAN = {"type": "scan"}
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what a connection holds")


class Size:
    """The resident memory of the process, as a test would have it."""

    def __init__(self, stage: Stage) -> None:
        self.bytes = 50_000_000
        self.trimmed = 0
        self.looks = 0
        stage.gateway._burden._resident = self._tell
        stage.gateway._burden._give_back = self._trim

    def _tell(self) -> int:
        self.looks += 1
        return self.bytes

    def _trim(self) -> None:
        self.trimmed += 1

    def looked_at(self, times: int = 3) -> None:
        """Wait until the gateway has looked so often again."""
        before = self.looks
        eventually(lambda: self.looks >= before + times, "the gateway looks at its memory")


@pytest.fixture
def size(stage: Stage) -> Size:
    size = Size(stage)
    size.looked_at()
    return size


@pytest.fixture
def endless(stage: Stage) -> Iterator[socket.socket]:
    """A connection with half a message under way."""
    with hostile.zmtp(stage.port, patience=10.0) as connection:
        connection.sendall(hostile.frame(b"x" * 1000, more=True) * 200)
        yield connection


def connected(peer: Peer) -> Any:
    """Return a monitor that becomes readable when the peer's connection ends."""
    return peer.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)


def gone(connection: socket.socket) -> bool:
    """Wait for the end of a connection."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return True
    return True


def test_who_never_ends_its_message_is_cut_and_who_asks_and_who_is_idle_are_not(stage: Stage, size: Size, endless: socket.socket) -> None:
    idle, busy = stage.peer(), stage.peer()
    assert idle.ask(SCAN)["state"] == busy.ask(SCAN)["state"] == "ACK"
    monitors = [connected(idle), connected(busy)]
    with capture_logs() as records:
        size.bytes += SPARE + 1
        for _ in range(20):
            assert busy.ask(SCAN)["state"] == "ACK"
        assert gone(endless)
        eventually(lambda: size.trimmed, "the memory is given back")
        size.bytes -= SPARE
        size.looked_at()
        assert idle.ask(SCAN)["state"] == busy.ask(SCAN)["state"] == "ACK"
    cut = [record["client"] for record in records if record["event"] == "connection_cut"]
    assert set(cut) == {"127.0.0.1"}  # a connection that takes its time to end may be cut twice
    for peer, monitor in zip((idle, busy), monitors, strict=True):
        assert not monitor.poll(0), "a good client lost its connection"
        peer.socket.disable_monitor()
        monitor.close(0)


def test_a_client_that_begins_to_misbehave_after_a_good_request_is_cut_too(stage: Stage, size: Size) -> None:
    with hostile.zmtp(stage.port, patience=10.0) as connection:
        connection.sendall(hostile.frame(b'{"type": "scan"}'))
        assert connection.recv(10)
        size.bytes += SPARE // 2
        size.looked_at()  # now it is known how much it has sent
        connection.sendall(hostile.frame(b"x" * 1000, more=True) * 200)
        with capture_logs() as records:
            size.bytes += SPARE
            eventually(lambda: any(record["event"] == "connection_cut" for record in records), "it is cut")
        assert gone(connection)


def test_nobody_is_cut_while_the_process_is_not_larger_than_it_may_be(stage: Stage, size: Size, endless: socket.socket) -> None:
    size.bytes += SPARE - 1
    size.looked_at(10)
    endless.settimeout(0.05)
    with pytest.raises(TimeoutError):
        gone(endless)


def test_a_process_that_is_large_through_nobodys_fault_cuts_nobody_and_that_is_its_size_from_then_on(stage: Stage, size: Size) -> None:
    peer = stage.peer()
    assert peer.ask(SCAN)["state"] == "ACK"
    with capture_logs() as records:
        size.bytes += 3 * SPARE
        size.looked_at(5)
    assert stage.gateway._burden._least == size.bytes
    assert not [record for record in records if record["event"] == "connection_cut"]


def test_newcomers_wait_while_what_others_left_behind_takes_too_much_and_nobody_is_cut_for_a_little(stage: Stage, size: Size) -> None:
    peer = stage.peer()
    assert peer.ask(SCAN)["state"] == "ACK"
    burden = stage.gateway._burden
    was_drained, burden._was_drained = burden._was_drained, lambda: False
    with capture_logs() as records:
        size.bytes += SPARE + 1
        eventually(lambda: any(record["event"] == "newcomers_wait" for record in records), "newcomers wait")
        with pytest.raises(TimeoutError):
            hostile.tcp(stage.port, 0.2)
        assert peer.ask(SCAN)["state"] == "ACK"
        eventually(lambda: size.trimmed > 1, "the memory is given back again and again")
        burden._was_drained = was_drained
        size.bytes -= SPARE
        with hostile.zmtp(stage.port, patience=10.0) as newcomer:
            newcomer.sendall(hostile.frame(b'{"type": "scan"}'))
            assert newcomer.recv(10)
    assert [record["mib"] for record in records if record["event"] == "newcomers_wait"] == [SPARE // 1024 // 1024]
    assert not [record for record in records if record["event"] == "connection_cut"]


def test_newcomers_come_in_again_when_the_size_is_what_the_daemon_needs(stage: Stage, size: Size) -> None:
    burden = stage.gateway._burden
    was_drained, burden._was_drained = burden._was_drained, lambda: False
    size.bytes += 3 * SPARE
    eventually(lambda: burden._held_back, "newcomers wait")
    burden._was_drained = was_drained
    eventually(lambda: not burden._held_back, "they come in")
    assert burden._least == size.bytes
    assert stage.peer().ask(SCAN)["state"] == "ACK"


def test_the_monitor_never_keeps_libzmq_waiting(stage: Stage) -> None:
    monitor = stage.gateway._presence._watch._socket
    assert monitor is not None
    assert monitor.getsockopt(zmq.RCVHWM) == 0, "its thread would hold a lock that the end of the monitor needs"


def test_the_process_tells_its_size_and_gives_memory_back() -> None:
    before = resident()
    assert before is not None
    assert before > 1_000_000
    give_back()


def test_who_asks_on_and_on_without_waiting_is_cut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_BEHIND", 20)
    peer = stage.peer(identity=b"greedy")
    monitor = connected(peer)
    peer.send(*[aq("0x48", max_age=0)] * 30)
    try:
        assert monitor.poll(10_000), "it was not cut"
    finally:
        peer.socket.disable_monitor()
        monitor.close(0)
    assert stage.peer().ask(SCAN)["state"] == "ACK"
