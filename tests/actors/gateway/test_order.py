"""One reply per request, per identity in the order of the requests, whoever is slow; and bounds nobody can push the daemon over."""

import pytest

from actors.bench.devices import Limits
from tests.actors.gateway.peer import Peer, aq, aq_pin, error, multi, pi
from tests.actors.gateway.stage import Stage

SLOW, FAST = aq("0x48"), aq("0x49")
SCAN = {"type": "scan"}


def test_replies_wait_for_their_turn_whatever_kind_they_are(stage: Stage, peer: Peer) -> None:
    peer.send(SLOW, SCAN, pi(18, 10), b"nonsense", {"type": "off"}, aq_pin(18), multi("AQ-MULTI"))
    stage.sensors["t1"].asked.wait_for_count(1)
    stage.outputs["fan"].told.wait_for(lambda told: len(told) >= 3)
    assert peer.silent()
    stage.sensors["t1"].publish(temp=48.0)
    replies = [peer.reply() for _ in range(7)]
    assert replies[0]["value"] == 48.0
    assert "actuator" in replies[1]
    assert replies[2]["value"] == 10
    assert error(replies[3]) == "bad_json"
    assert replies[4]["value"] == {"fan": 0, "heater": 0, "blower": 0}
    assert replies[5]["value"] == 0
    assert replies[6]["value"] == []


def test_an_order_is_executed_while_a_read_before_it_still_waits(stage: Stage, peer: Peer) -> None:
    peer.send(SLOW, pi(23, 77))
    stage.outputs["heater"].told.wait_for_count(1)
    assert stage.outputs["heater"].value == 77
    assert peer.silent()


def test_requests_of_one_client_beyond_the_limit_are_refused_as_busy_in_their_turn() -> None:
    with Stage(limits=Limits(outstanding_per_client=3)) as stage:
        peer = stage.peer(identity=b"me")
        peer.send(SLOW, SCAN, SCAN, SCAN | {"id": "four"}, multi("AQ-MULTI", FAST, id=5))
        stage.taken(b"me", 5)
        assert stage.peer().ask(SCAN)["state"] == "ACK", "another client is served meanwhile"
        stage.sensors["t1"].publish(temp=1.0)
        replies = [peer.reply() for _ in range(5)]
        assert [reply["state"] for reply in replies] == ["ACK", "ACK", "ACK", "ERROR", "ERROR"]
        assert error(replies[3]) == error(replies[4]) == "busy"
        assert [reply.get("id") for reply in replies[3:]] == ["four", 5]
        assert peer.ask(SCAN)["state"] == "ACK"


def test_requests_of_all_clients_together_beyond_the_limit_are_refused_as_busy() -> None:
    with Stage(limits=Limits(outstanding=2)) as stage:
        one, two = stage.peer(), stage.peer()
        one.send(SLOW, SLOW)
        stage.sensors["t1"].asked.wait_for_count(2)
        assert two.code(SCAN) == "busy"
        stage.sensors["t1"].publish(temp=1.0)
        assert one.reply()["state"] == one.reply()["state"] == "ACK"
        assert two.ask(SCAN)["state"] == "ACK"


@pytest.mark.parametrize("kind", ["AQ-MULTI", "PI-MULTI"])
def test_who_asks_one_thing_after_the_other_has_busy_in_the_place_of_each_component(kind: str) -> None:
    with Stage(limits=Limits(outstanding=2)) as stage:
        one, two = stage.peer(), stage.peer()
        one.send(SLOW, SLOW)
        stage.sensors["t1"].asked.wait_for_count(2)
        answers = two.value(multi(kind, pi(23, 200), pi(18, 200), {"register": "?"}))
        assert [error(answer) for answer in answers[:2]] == ["busy", "busy"]
        assert answers[2]["state"] == "ERROR"
        assert stage.driven.items == []
        stage.sensors["t1"].publish(temp=1.0)
