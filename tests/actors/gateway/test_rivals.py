"""Two programs with one ZeroMQ identity: both are served in turn, nothing is sent into a connection that nobody reads, and it is told."""

import json
import socket
import sys
from contextlib import ExitStack, suppress
from typing import Any

import pytest
import zmq
from structlog.testing import capture_logs

from actors.errors import OUTGROWN
from actors.gateway.net import peers
from actors.gateway.net.router import OPTIONS
from actors.messages import Died
from benchmarks import hostile
from tests.actors.gateway.auth.doors import HERE, THERE
from tests.actors.gateway.peer import Peer, aq, error, pi, strict
from tests.actors.gateway.stage import HEATER, Stage
from tests.fakes import PATIENCE, eventually

NAME = b"a copied settings file"
SCAN = {"type": "scan"}

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="another system does not let us close a connection behind ZeroMQ's back"
)


def status(stage: Stage) -> list[dict[str, Any]]:
    """Return what the gateway adds to `status` about shared identities."""
    shared: list[dict[str, Any]] = stage.status()["access"]["shared_identities"]
    return shared


def served(peer: Peer, request: dict[str, Any] = SCAN) -> dict[str, Any]:
    """Return the reply to a request, asked again as real clients do while it is answered `displaced`."""
    while (reply := peer.ask(request)).get("code") == "displaced":
        pass
    assert reply["state"] == "ACK"
    return reply


def two(stage: Stage) -> list[Peer]:
    """Return two clients with one name that know of no marks; the second one came when the first was at work."""
    peers = []
    for _ in range(2):
        peers.append(stage.peer(identity=NAME, marks=False))
        assert served(peers[-1])
    return peers


@linux
def test_the_displaced_connection_is_closed_at_once(stage: Stage) -> None:
    with hostile.zmtp(stage.port, patience=PATIENCE, identity=NAME) as first:
        first.sendall(hostile.frame(b'{"type": "scan"}'))
        assert first.recv(65536)
        assert stage.peer(identity=NAME).ask(SCAN)["state"] == "ACK"
        assert first.recv(65536) == b"", "the other side is told"


@linux
@pytest.mark.parametrize("delimiter", [False, True])
def test_who_waits_for_an_answer_there_gets_one_first(stage: Stage, delimiter: bool) -> None:
    with hostile.zmtp(stage.port, patience=PATIENCE, identity=NAME) as first:
        first.sendall((b"\1\0" if delimiter else b"") + hostile.frame(json.dumps(aq("0x48", id=1)).encode()))
        stage.sensors["t1"].asked.wait_for_count(1)
        second = stage.peer(identity=NAME)
        assert second.ask({**SCAN, "id": "mine"})["id"] == "mine"
        told = b""
        while piece := first.recv(65536):
            told += piece
        head = (b"\1\0" if delimiter else b"") + bytes([0, len(told) - (4 if delimiter else 2)])
        assert told.startswith(head)
        reply = strict(told[len(head) :])
        assert (reply["id"], error(reply)) == (1, "displaced")
        stage.sensors["t1"].publish(temp=48.0)
        stage.settle()
        assert second.silent(), "nobody gets the other's answers"


@linux
def test_both_are_served_in_turn(stage: Stage) -> None:
    stage.sensors["t1"].publish(temp=48.0)
    peers = two(stage)
    for number in range(6):
        for peer in peers:
            assert served(peer, {**SCAN, "id": f"{number}"})["id"] == f"{number}"


@linux
def test_a_set_point_of_zero_gets_through_from_either(stage: Stage) -> None:
    peers = two(stage)
    for peer in [*peers, *peers]:
        assert served(peer, pi(HEATER.pin, 0))["value"] == 0
    assert stage.outputs["heater"].set_points() == [0, 0, 0, 0]


def test_it_is_recorded_once_and_status_has_both_addresses(stage: Stage) -> None:
    with capture_logs() as records:
        for peer in two(stage):
            served(peer)
    (record,) = [record for record in records if record["event"] == "client_displaced"]
    assert record["log_level"] == "warning"
    addresses = {record["client"], record["former"]}
    assert len(addresses) == 2
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    (shared,) = status(stage)
    assert len(set(shared["addresses"])) == 2
    assert shared["times"] >= 1


def test_a_command_of_the_displaced_is_not_done_later(stage: Stage) -> None:
    stage.outputs["heater"].obedient = False
    first = stage.peer(identity=NAME, RECONNECT_IVL=-1)
    first.send(pi(HEATER.pin, 100))
    stage.outputs["heater"].told.wait_for_count(1)
    assert stage.peer(identity=NAME).ask(SCAN)["state"] == "ACK"
    assert stage.outputs["heater"].set_points() == [], "its claim is withdrawn"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has all of 127.0.0.0/8 without being told")
def test_client_lost_sees_the_one_that_has_gone_when_another_has_its_name(stage: Stage) -> None:
    with (
        Peer(f"tcp://{HERE}:0;127.0.0.1:{stage.port}", identity=NAME, RECONNECT_IVL=-1) as first,
        ExitStack() as later,
    ):
        assert first.value(pi(HEATER.pin, 100)) == 100
        assert stage.clientele.gone == {}
        second = later.enter_context(Peer(f"tcp://{THERE}:0;127.0.0.1:{stage.port}", identity=NAME))
        assert second.ask(SCAN)["state"] == "ACK"
        assert set(stage.clientele.gone) == {"heater"}, "who comes from elsewhere is not the one that drove"
        assert second.ask(SCAN)["state"] == "ACK"
        assert set(stage.clientele.gone) == {"heater"}
        eventually(lambda: second.ask(pi(HEATER.pin, 50))["state"] == "ACK", "it drives")
        assert stage.clientele.gone == {}


@linux
def test_a_request_into_a_connection_whose_identity_a_silent_newcomer_has_taken_is_answered(stage: Stage) -> None:
    with hostile.zmtp(stage.port, patience=PATIENCE, identity=NAME) as first:
        first.sendall(hostile.frame(b'{"type": "scan"}'))
        assert first.recv(65536)
        second = stage.peer(identity=NAME, RECONNECT_IVL=-1)
        eventually(stage.strangers, "the newcomer is there")
        stage.settle()
        with capture_logs() as records:
            told = asked_until_closed(stage, first)
            stage.settle()
        assert error(strict(told[told.rindex(b'{"state"') :])) == "displaced"
        assert [record["event"] for record in records if record["log_level"] == "warning"] == ["client_displaced"]
        assert second.ask(SCAN)["state"] == "ACK"


def asked_until_closed(stage: Stage, connection: socket.socket) -> bytes:
    """Ask again whenever nothing has been answered for a while, until the other side closes the connection; return all it said."""
    told, piece = b"", b"-"
    connection.settimeout(0.01)
    while piece:
        connection.sendall(hostile.frame(b'{"type": "scan"}'))
        for _ in range(60):
            stage.settle()  # its time goes on while it does something
            with suppress(TimeoutError):
                while piece := connection.recv(65536):
                    told += piece
                break
    return told


def test_a_displaced_connection_that_breaks_with_a_request_in_it_does_not_end_the_daemon(stage: Stage) -> None:
    """With heartbeats, or a high-water mark for what is received, libzmq would end the process, and this run with it."""
    with hostile.zmtp(stage.port, patience=PATIENCE, identity=NAME) as first:
        first.sendall(hostile.frame(b'{"type": "scan"}'))
        assert first.recv(65536)
        second = stage.peer(identity=NAME)
        eventually(stage.strangers, "the newcomer is there")
        first.sendall(hostile.frame(b'{"type": "scan"}'))
        hostile.break_off(first)
        assert second.ask(SCAN)["state"] == "ACK"
    for option in (zmq.HEARTBEAT_IVL, zmq.RCVHWM):
        assert not OPTIONS.get(option)


def test_more_connections_than_zeromq_can_end_have_the_gateway_begin_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MOST_STUCK", 2)
    with ExitStack() as stack:
        while not stage.ref.actor_stopped.is_set():
            with suppress(OSError):
                first = stack.enter_context(hostile.zmtp(stage.port, patience=PATIENCE, identity=NAME))
                first.sendall(hostile.frame(b'{"type": "scan"}'))
                first.recv(65536)
                second = stack.enter_context(hostile.zmtp(stage.port, patience=PATIENCE, identity=NAME))
                first.sendall(hostile.frame(b'{"type": "scan"}'))  # into a connection that nobody reads
                second.sendall(hostile.frame(b'{"type": "scan"}'))
                second.recv(65536)
    (died,) = [said for said in stage.said.items if isinstance(said, Died)]
    assert (died.fault.code, died.expected) == (OUTGROWN, True)
