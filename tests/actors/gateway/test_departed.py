"""What had been sent by those who have gone: dropped at no cost, but for what switches off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zmq

from actors.gateway.net.stale import MOST, MOST_LATE, Departed, descriptor_of, handed_over
from actors.gateway.poller import Frames
from actors.messages import Query, Safe
from benchmarks import hostile
from tests.actors.gateway.peer import aq_pin, pi
from tests.actors.gateway.stage import HEATER, Stage
from tests.actors.interlocks.test_presence import leave
from tests.fakes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = b"\0\1\2\3\4"


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
    with Stage() as stage:
        yield stage


def test_nobody_is_late_who_has_not_gone() -> None:
    assert not Departed(lambda _at, _frames: False).is_late(frames(GIVEN))


def test_of_one_that_has_gone_only_so_many_requests_that_may_drive_are_looked_at() -> None:
    departed = Departed(lambda _at, _frames: False)
    departed.add(GIVEN, 7)
    assert departed.is_late(frames(GIVEN))
    driving = [departed.is_late(frames(GIVEN, b'{"type": "PI"}')) for _ in range(MOST_LATE + 2)]
    assert driving == [False] * MOST_LATE + [True] * 2
    assert departed.is_late(frames(GIVEN))


@pytest.mark.parametrize(("descriptor", "there", "late"), [(7, False, True), (7, True, False), (8, False, False), (None, False, False)])
def test_one_that_names_itself_is_late_on_the_connection_that_ended(descriptor: int | None, there: bool, late: bool) -> None:
    departed = Departed(lambda _at, _frames: there)
    departed.add(b"name", 7)
    assert departed.is_late(frames(b"name", srcfd=descriptor)) is late
    departed.back(b"name")
    assert not departed.is_late(frames(b"name", srcfd=7))


def test_so_many_are_remembered() -> None:
    departed = Departed(lambda _at, _frames: False)
    for number in range(MOST + 1):
        departed.add(b"\0%d" % number, 7)
    assert b"\0" + b"0" not in departed
    assert b"\0%d" % MOST in departed


@pytest.mark.parametrize(
    ("identity", "declared", "expected"),
    [(GIVEN, "name", True), (GIVEN, None, False), (GIVEN, "", False), (b"name", "name", False), (b"\0" * 16, "name", False)],
)
def test_a_connection_that_named_itself_and_has_a_given_name_now_was_handed_over(
    identity: bytes, declared: str | None, expected: bool
) -> None:
    assert handed_over(frames(identity, Identity=declared)) is expected


def test_a_name_need_not_be_text() -> None:
    class Named(Request):
        def get(self, name: Any) -> Any:
            return b"\xff".decode() if name == "Identity" else super().get(name)

    assert handed_over(Frames(GIVEN, Named(), 100, stale=False))  # type: ignore[arg-type]


def test_a_name_of_ones_own_may_begin_like_a_given_one() -> None:
    departed = Departed(lambda _at, _frames: True)
    name = b"\0" * 16
    departed.add(name, 7)
    assert not departed.is_late(frames(name, srcfd=7))


def test_a_given_name_is_dead_for_good() -> None:
    departed = Departed(lambda _at, _frames: True)
    departed.add(GIVEN, 7)
    departed.back(GIVEN)
    assert departed.is_late(frames(GIVEN))
    for _ in range(MOST_LATE):
        departed.is_late(frames(GIVEN, b"PI"))
    departed.add(GIVEN, 7)
    assert departed.is_late(frames(GIVEN, b"PI")), "its count goes on"


def test_a_connection_may_be_unknown() -> None:
    assert descriptor_of(frames(GIVEN, srcfd=9)) == 9
    assert descriptor_of(frames(GIVEN)) is None


@pytest.mark.parametrize("identity", [b"", b"flood"])
def test_a_client_that_has_gone_has_nothing_served_of_what_it_left_behind(identity: bytes, stage: Stage) -> None:
    connection = hostile.zmtp(stage.port, patience=PATIENCE, identity=identity)
    connection.sendall(hostile.frame(b'{"type": "scan"}'))
    assert connection.recv(1024)
    taken = stage.gateway._box.vitals.taken
    leave(stage, connection, *[aq_pin(HEATER.pin), {"type": "status"}] * 2000, {"type": "off"})
    stage.outputs["heater"].told.wait_for_count(1)
    stage.settle()
    assert [type(told) for told in stage.outputs["heater"].told.items] == [Safe]
    assert not any(isinstance(said, Query) for said in stage.said.items)
    assert stage.gateway._box.vitals.taken - taken < 2000, "they were dropped before they were requests"


def test_what_the_former_connection_of_a_name_left_behind_is_not_done_for_the_new_one(stage: Stage) -> None:
    first = hostile.zmtp(stage.port, patience=PATIENCE, identity=b"name")
    first.sendall(hostile.frame(b'{"type": "scan"}'))
    assert first.recv(1024)
    leave(stage, first, *[pi(HEATER.pin, 100)] * (MOST_LATE * 2))
    again = stage.peer(identity=b"name")
    again.send({"type": "scan", "id": "new"})
    replies = [again.reply()]
    while replies[-1].get("id") != "new":
        replies.append(again.reply())
    assert [reply["code"] for reply in replies[:-1]] == ["client_gone"] * (len(replies) - 1), "who has its name may hear of its refusals"
    assert again.value(pi(HEATER.pin, 30)) == 30
    assert stage.outputs["heater"].set_points() == [30.0]
