"""What a gateway says at its end to whoever waits for an answer."""

from typing import Any

import pytest
import zmq

from actors.core.clock import Clock
from actors.messages import Probe, Stop, Tick
from tests.actors.gateway.peer import aq, aq_pin, multi, pi, strict
from tests.actors.gateway.stage import BENCH, Stage
from tests.fakes import wait


class DeadClockError(Exception):
    """What breaks the gateway."""


def test_all_that_waits_is_answered_in_order_when_the_gateway_is_told_to_end(clock: Clock) -> None:
    with Stage(clock=clock) as stage:
        for output in stage.outputs.values():
            output.obedient = False
        one, two = stage.peer(), stage.peer(zmq.REQ)
        one.send(aq("0x48", id=0), pi(23, 200, id=1), multi("AQ-MULTI", aq("0x48"), aq_pin(18), id=2), {"type": "status", "id": 3})
        two.send(aq("0x49", id=9))
        stage.query("status")
        stage.outputs["heater"].told.wait_for_count(1)
        stage.sensors["t2"].asked.wait_for_count(1)
        stage.tell(Stop())
        answers = [*(one.reply() for _ in range(4)), strict(two.frames()[-1])]
        answers[2] = {**answers[2], **answers[2]["value"][1]}  # of several readings each is an ERROR
        assert [(answer["id"], answer["code"]) for answer in answers] == [(number, "shutting_down") for number in (0, 1, 2, 3, 9)]
        assert stage.outputs["heater"].set_points() == []


@pytest.mark.parametrize("body", [aq("0x48", id=1), b"[", pi(23, 200, id=2), {"type": "off", "id": 3}])
def test_what_nobody_has_looked_at_is_answered_too(clock: Clock, body: Any) -> None:
    with Stage(clock=clock, serve=False) as stage:
        peer = stage.peer(marks=False)
        peer.send(body)
        stage.tell(Probe(0, lambda _alive: stage.gateway._listening.router.poll(10_000)))  # in the gateway's thread
        stage.tell(Stop())
        answer = peer.reply()
        assert (answer.get("id"), answer["code"]) == (body["id"] if isinstance(body, dict) else None, "shutting_down")
        assert stage.driven.items == []


def test_a_gateway_that_ends_by_a_bug_says_so_to_who_waits(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with Stage(clock=clock) as stage:
        peer = stage.peer()
        peer.send(aq("0x48", id=1))
        stage.sensors["t1"].asked.wait_for_count(1)

        def bug(_sessions: object) -> None:
            raise DeadClockError("a bug")

        monkeypatch.setattr("actors.gateway.sessions.Sessions.due", bug)
        stage.tell(Tick())
        answer = peer.reply()
        assert (answer["id"], answer["code"]) == (1, "internal_error")
        assert "ask again" in answer["value"]
        wait(stage.ref.actor_stopped)


def test_more_answers_than_a_connection_takes_at_once_leave_all_the_same(clock: Clock) -> None:
    with Stage(BENCH, clock) as stage:
        peer = stage.peer(identity=b"me")
        peer.send(*(aq("0x48", id=number) for number in range(60)))
        stage.taken(b"me", 60)
        stage.tell(Stop())
        assert [peer.reply()["id"] for _ in range(60)] == list(range(60))
