"""What had been sent by those who have gone: dropped, but for what switches off."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import zmq

from actors.gateway.poller import Frames
from actors.messages import Query, Safe
from benchmarks import hostile
from tests.actors.gateway.peer import aq_pin, pi
from tests.actors.gateway.stage import BENCH, HEATER, Stage
from tests.actors.interlocks.test_presence import leave
from tests.fakes import PATIENCE


class Request:
    """What is looked at of a `zmq.Frame`; a property that is None is not there."""

    def __init__(self, body: bytes = b"", **properties: Any) -> None:
        self.bytes = body
        self._properties = properties

    def __len__(self) -> int:
        return len(self.bytes)

    def get(self, name: Any) -> Any:
        found = self._properties.get("srcfd" if name == zmq.SRCFD else name)
        if found is None:
            raise zmq.ZMQError(zmq.EINVAL)
        return found


def frames(identity: bytes, body: bytes = b'{"type": "AQ"}', **properties: Any) -> Frames:
    return Frames(identity, Request(body, **properties), 100, stale=False)  # type: ignore[arg-type]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage(replace(BENCH, deadline=PATIENCE)) as stage:  # in which it may stand still
        yield stage


@pytest.mark.parametrize("identity", [b"", b"flood"])
def test_a_client_that_has_gone_has_nothing_served_of_what_it_left_behind(identity: bytes, stage: Stage) -> None:
    connection = hostile.zmtp(stage.port, patience=PATIENCE, identity=identity)
    connection.sendall(hostile.frame(b'{"type": "scan"}'))
    assert connection.recv(1024)
    leave(stage, connection, *[aq_pin(HEATER.pin), {"type": "status"}] * 2000, {"type": "off"})
    stage.outputs["heater"].told.wait_for_count(1)
    stage.settle()
    assert [type(told) for told in stage.outputs["heater"].told.items] == [Safe]
    assert not any(isinstance(said, Query) for said in stage.said.items)


def test_what_the_former_connection_of_a_name_left_behind_is_not_done_for_the_new_one(stage: Stage) -> None:
    first = hostile.zmtp(stage.port, patience=PATIENCE, identity=b"name")
    first.sendall(hostile.frame(b'{"type": "scan"}'))
    assert first.recv(1024)
    leave(stage, first, *[pi(HEATER.pin, 100)] * 500)
    again = stage.peer(identity=b"name")
    again.send({"type": "scan", "id": "new"})
    replies = [again.reply()]
    while replies[-1].get("id") != "new":
        replies.append(again.reply())
    assert [reply["code"] for reply in replies[:-1]] == ["client_gone"] * (len(replies) - 1), "who has its name may hear of its refusals"
    assert again.value(pi(HEATER.pin, 30)) == 30
    assert stage.outputs["heater"].set_points() == [30.0]
