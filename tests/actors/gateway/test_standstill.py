"""After a standstill (the process was stopped, the machine slept) no order that may be older than its deadline is executed."""

import threading
import time
from typing import Any

import pytest
import zmq
from structlog.testing import capture_logs

from actors.core.clock import boot_clock
from actors.core.mailbox import Letter
from actors.gateway.poller import SETTLE, Frames, PollerInbox
from actors.messages import Probe
from tests.actors.gateway.peer import Peer, aq, error, pi
from tests.actors.gateway.stage import Stage
from tests.fakes import ManualClock, eventually, wait


class Frozen:
    """Holds the gateway's thread inside a message, as a stopped process is held, while requests pile up in its sockets."""

    def __init__(self, stage: Stage, world: ManualClock) -> None:
        self.stage, self.world = stage, world
        self.inside, self.go = threading.Event(), threading.Event()
        inbox = stage.gateway.actor_inbox
        inbox.standstill = world.monotonic
        stage.settle()

    def while_standing_still(self, seconds: float, *clients: tuple[Peer, list[dict[str, Any]]]) -> None:
        """Let `seconds` pass for the gateway, while the clients send these requests."""

        class Hold:
            """A probe that keeps whoever answers it."""

            def __init__(self, frozen: Frozen) -> None:
                self.frozen = frozen

            def __call__(self, _answer: object) -> None:
                self.frozen.inside.set()
                wait(self.frozen.go)

        for peer, _ in clients:
            peer.introduce()
        self.stage.tell(Probe(0, Hold(self)))
        wait(self.inside)
        for peer, requests in clients:
            peer.send(*requests)
        time.sleep(0.05)  # libzmq's own thread brings them into the gateway's socket meanwhile; nothing tells when
        self.world.advance(seconds)
        self.go.set()


@pytest.fixture
def world() -> ManualClock:
    """The time that goes on while the gateway stands still."""
    return ManualClock(start=boot_clock())


@pytest.fixture
def frozen(stage: Stage, world: ManualClock) -> Frozen:
    return Frozen(stage, world)


def test_an_order_sent_meanwhile_is_answered_expired_and_not_applied(stage: Stage, peer: Peer, frozen: Frozen) -> None:
    frozen.while_standing_still(1.6, (peer, [pi(23, 200, id=4)]))
    reply = peer.reply()
    assert error(reply) == "expired"
    assert reply["id"] == 4
    assert stage.driven.items == []


def test_every_order_that_piled_up_is_expired_whoever_sent_it(stage: Stage, frozen: Frozen) -> None:
    peers = [stage.peer() for _ in range(3)]
    frozen.while_standing_still(3.0, *((peer, [pi(23, value) for value in range(20)]) for peer in peers))
    for peer in peers:
        assert [error(peer.reply()) for _ in range(20)] == ["expired"] * 20
    assert stage.driven.items == []


def test_readings_and_off_are_served_as_ever(stage: Stage, peer: Peer, frozen: Frozen) -> None:
    stage.sensors["t1"].publish(temp=48.0)
    frozen.while_standing_still(3.0, (peer, [aq("0x48", max_age=60), {"type": "off"}, {"type": "scan"}]))
    assert [peer.reply()["state"] for _ in range(3)] == ["ACK"] * 3


def test_once_the_sockets_are_drained_orders_are_executed_again(stage: Stage, peer: Peer, frozen: Frozen, world: ManualClock) -> None:
    frozen.while_standing_still(3.0, (peer, [pi(23, 200)]))
    assert error(peer.reply()) == "expired"
    assert peer.code(pi(23, 100)) == "expired", "what libzmq may still be bringing in"

    def executed() -> bool:
        world.advance(SETTLE)
        stage.settle()
        return peer.ask(pi(23, 50)).get("value") == 50

    eventually(executed, "the gateway found its sockets empty")
    assert stage.outputs["heater"].set_points() == [50]


def test_a_stall_shorter_than_the_deadline_expires_nothing(stage: Stage, peer: Peer, frozen: Frozen) -> None:
    frozen.while_standing_still(1.4, (peer, [pi(23, 200)]))
    assert peer.reply()["value"] == 200


def test_a_standstill_is_recorded_with_its_length(stage: Stage, frozen: Frozen) -> None:
    with capture_logs() as records:
        frozen.while_standing_still(7.25)
        stage.settle()
    (record,) = [record for record in records if record["event"] == "gateway_stalled"]
    assert record["gap_s"] == 7.25
    assert record["log_level"] == "warning"


def test_a_request_is_stale_too_when_the_process_stopped_just_before_it_was_read(world: ManualClock) -> None:
    class Socket:
        """A ROUTER that is read after the process had been stopped for 3 s."""

        def recv(self, _flags: int = 0, *, copy: bool = True) -> bytes | zmq.Frame:
            if copy:
                world.advance(3.0)
                return b"identity"
            return zmq.Frame(b"{}")

    box = PollerInbox()
    try:
        box.standstill = world.monotonic
        box.router = Socket()  # type: ignore[assignment]
        frames = box.get().message
    finally:
        box.close()
    assert isinstance(frames, Frames)
    assert frames.stale


def test_a_long_wait_for_messages_is_no_standstill() -> None:
    stalls: list[float] = []
    box = PollerInbox()
    try:
        box.longest_standstill = 0.5
        box.on_standstill = stalls.append
        timer = threading.Timer(0.8, box.put, (Letter("late"),))
        timer.start()
        assert box.get().message == "late"
        timer.join()
    finally:
        box.close()
    assert stalls == []
