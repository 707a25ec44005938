"""Clients that come and go, on a real ROUTER: what is noticed, and that nothing of theirs is executed any more."""

import json
import os
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from actors.core.cells import Clientele
from actors.messages import Probe, Query, Safe, SetPoint
from benchmarks import hostile
from tests.actors.gateway.peer import aq_pin, pi
from tests.actors.gateway.stage import BENCH, FAN, HEATER, Stage
from tests.fakes import PATIENCE, eventually

PIN, FAN_PIN = HEATER.pin, FAN.pin


@pytest.fixture
def stage() -> object:
    with Stage(replace(BENCH, deadline=PATIENCE)) as stage:  # in which it may stand still
        yield stage


def gone(stage: Stage) -> dict[str, float]:
    return dict(stage.clientele.gone)


def until_gone(stage: Stage, *outputs: str) -> None:
    eventually(lambda: set(gone(stage)) == set(outputs), f"{outputs} are driven by nobody who is there")


def until_all_is_seen(stage: Stage) -> None:
    """Wait until every connection that ended has been noticed."""
    clients = stage.clients()
    with stage.peer() as last:
        last.value({"type": "scan"})
        count = sum(client.connection is not None for client in clients.values())
    eventually(lambda: sum(client.connection is not None for client in clients.values()) < count, "the last one is seen to go")


def test_an_output_is_deserted_when_its_last_driver_has_gone(stage: Stage) -> None:
    one, other = stage.peer(), stage.peer()
    one.value(pi(PIN, 100))
    other.value(pi(PIN, 120))
    one.close()
    until_all_is_seen(stage)
    assert gone(stage) == {}
    other.close()
    until_gone(stage, "heater")


def test_a_client_is_back_with_its_next_request_of_any_kind(stage: Stage) -> None:
    with stage.peer(identity=b"A" * 16) as first:
        first.value(pi(PIN, 100))
    until_gone(stage, "heater")
    eventually(lambda: stage.client(b"A" * 16) is None, "who has gone is forgotten")
    again = stage.peer(identity=b"A" * 16)
    again.value({"type": "scan"})
    assert gone(stage) == {}
    again.close()
    until_gone(stage, "heater")


def test_a_client_that_comes_back_before_its_loss_is_noticed_is_followed_to_its_new_connection(stage: Stage) -> None:
    first = stage.peer(identity=b"A" * 16, RECONNECT_IVL=-1)
    first.value(pi(PIN, 100))
    second = stage.peer(identity=b"A" * 16)  # as after a cable pull: the former connection is still open
    second.value({"type": "scan"})
    first.close()
    until_all_is_seen(stage)
    assert gone(stage) == {}
    second.close()
    until_gone(stage, "heater")


def test_a_command_whose_client_has_gone_is_not_executed_later(stage: Stage) -> None:
    stage.outputs["heater"].obedient = False
    peer = stage.peer()
    peer.send(pi(PIN, 100))
    [told] = stage.outputs["heater"].told.wait_for_count(1)
    assert isinstance(told, SetPoint)
    assert not told.claim.withdrawn
    peer.close()
    eventually(lambda: told.claim.withdrawn, "the claim is withdrawn")


def leave(stage: Stage, connection: socket.socket, *requests: dict[str, Any]) -> None:
    """Send requests and go, both before the gateway looks at any of it."""
    eventually(lambda: stage.strangers() or stage.clients(), "the connection is noticed")
    descriptor = served_by(connection)
    held, release = Event(), Event()

    def hold(_alive: object) -> None:
        held.set()
        release.wait(PATIENCE)

    stage.tell(Probe(1, hold))
    assert held.wait(PATIENCE)
    inode = os.fstat(descriptor).st_ino
    connection.sendall(b"".join(hostile.frame(json.dumps(request).encode()) for request in requests))
    connection.shutdown(socket.SHUT_WR)  # a `close` would throw away what is not yet sent
    eventually(lambda: _closed(descriptor, inode), "ZeroMQ has noticed it")
    connection.close()
    release.set()


def served_by(connection: socket.socket) -> int:
    """Return the descriptor of the gateway's end of a connection."""
    if sys.platform != "linux":
        pytest.skip("another system does not list the descriptors of a process so")
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            end = socket.socket(fileno=int(path.name))
            try:
                if end.getpeername() == connection.getsockname():
                    return end.fileno()
            finally:
                end.detach()
    raise AssertionError("it is not there")


def _closed(descriptor: int, inode: int) -> bool:
    try:
        return os.fstat(descriptor).st_ino != inode
    except OSError:
        return True


@pytest.mark.parametrize("asked_before", [False, True])
def test_who_has_gone_before_its_commands_are_looked_at_can_only_switch_off(asked_before: bool, stage: Stage) -> None:
    connection = hostile.zmtp(stage.port)
    if asked_before:
        connection.sendall(hostile.frame(b'{"type": "scan"}'))
        assert connection.recv(1024)
    leave(stage, connection, pi(PIN, 100), {"type": "PI-MULTI", "components": [pi(FAN_PIN, 9), pi(PIN, 0)]}, pi(FAN_PIN, 80))
    stage.outputs["heater"].told.wait_for_count(1)
    stage.settle()
    assert (stage.outputs["heater"].set_points(), stage.outputs["fan"].set_points()) == ([0.0], [])
    assert gone(stage) == {}  # nobody who is there has driven anything, nor who has left


def test_who_has_gone_before_it_is_served_costs_nothing_but_for_switching_off(stage: Stage) -> None:
    leave(stage, hostile.zmtp(stage.port), aq_pin(PIN), {"type": "status"}, {"type": "off"})
    stage.outputs["heater"].told.wait_for_count(1)
    stage.settle()
    assert [type(told) for told in stage.outputs["heater"].told.items] == [Safe]
    assert not any(isinstance(said, Query) for said in stage.said.items)


def test_under_steady_load_a_loss_is_noticed_too(stage: Stage) -> None:
    busy, driver = stage.peer(), stage.peer()
    driver.value(pi(PIN, 100))
    driver.close()

    def some_more() -> bool:
        busy.send(*[{"type": "scan"}] * 100)
        for _ in range(100):
            busy.frames()
        return bool(gone(stage))

    eventually(some_more, "the loss is noticed")


def test_who_drove_long_ago_and_is_back_counts_as_a_driver() -> None:
    clientele = Clientele()
    clientele.drove(b"a", "heater")
    clientele.lost(b"a", 1.0)
    clientele.drove(b"b", "heater")
    clientele.back(b"a")
    clientele.lost(b"b", 2.0)
    assert clientele.gone == {}
    clientele.lost(b"a", 3.0)
    assert clientele.gone == {"heater": 3.0}
