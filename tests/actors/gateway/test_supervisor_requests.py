"""What the gateway passes on to the supervisor, and what happens when it, or a request, goes wrong inside the daemon."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.errors import Fault, RefusedError
from actors.gateway import discovery
from actors.gateway.reading.reads import Reads
from actors.messages import Died, Done, Failure, News
from tests.actors.gateway.peer import Peer, aq, error, multi, pi
from tests.actors.gateway.stage import Stage
from tests.fakes import eventually


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        ({"type": "retry", "child": "t1"}, {"child": "t1"}),
        ({"type": "reset", "interlock": "overheat"}, {"interlock": "overheat"}),
        ({"type": "fault", "target": "t1", "kind": "unplug"}, {"target": "t1", "kind": "unplug", "options": {}}),
        (
            {"type": "fault", "target": "bus", "kind": "slow", "delay": 0.5, "times": 3, "rate": None},
            {"target": "bus", "kind": "slow", "options": {"delay": 0.5, "times": 3}},
        ),
        (
            {"type": "fault", "target": "t1", "kind": "garbage", "variant": "ones", "other": 1},
            {"target": "t1", "kind": "garbage", "options": {"variant": "ones"}},
        ),
    ],
)
def test_retry_reset_and_fault_reach_the_supervisor_with_their_fields(
    stage: Stage, peer: Peer, request_: dict[str, Any], arguments: dict[str, Any]
) -> None:
    peer.send(request_ | {"id": 8})
    query = stage.query(request_["type"])
    assert query.arguments == arguments
    query.reply(Done(query.ticket, {"done": True}))
    assert peer.reply() == {"state": "ACK", "value": {"done": True}, "id": 8}


def test_status_carries_the_clients_to_the_supervisor(stage: Stage, peer: Peer) -> None:
    peer.ask({"type": "scan"})
    peer.send({"type": "status"})
    query = stage.query("status")
    (client,) = query.arguments["clients"]
    assert client["address"] == "127.0.0.1"
    assert client["requests"] == 2
    query.reply(Done(query.ticket, {}))
    assert peer.reply()["value"] == {}


def test_what_the_supervisor_refuses_is_an_error(stage: Stage, peer: Peer) -> None:
    peer.send({"type": "retry", "child": "x", "id": "q"})
    query = stage.query("retry")
    query.reply(Done(query.ticket, Fault("unknown_child", "no child is called x; there are: t1")))
    reply = peer.reply()
    assert error(reply) == "unknown_child"
    assert reply["id"] == "q"


@pytest.mark.parametrize("kind", ["retry", "reset", "fault"])
@pytest.mark.parametrize("name", [None, "", 1, True, [], {}, "x" * 101])
def test_a_name_that_is_none_is_refused(stage: Stage, peer: Peer, kind: str, name: Any) -> None:
    assert peer.code({"type": kind, "child": name, "interlock": name, "target": name, "kind": "hang"}) == "bad_request"


def test_a_supervisor_that_does_not_answer_is_an_error_at_the_deadline(still: Stage) -> None:
    peer = still.peer()
    peer.send({"type": "status", "id": 1})
    query = still.query("status")
    still.advance(1.51)
    reply = peer.reply()
    assert error(reply) == "deadline"
    assert reply["id"] == 1
    query.reply(Done(query.ticket, {}))
    assert peer.ask({"type": "scan"})["state"] == "ACK"


def test_nobody_is_answered_before_the_outputs_are_safe_and_everybody_after() -> None:
    from actors.messages import Serve

    with Stage(serve=False) as stage:
        peer = stage.peer()
        peer.send({"type": "scan"})
        stage.settle()
        assert peer.silent(0.1)
        stage.tell(Serve())
        assert peer.reply()["state"] == "ACK"


def fail(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("a bug put in by a test")


class TestBug:
    """A bug in the serving of one request, put in by the test."""

    @pytest.fixture(autouse=True)
    def records(self) -> Iterator[list[Any]]:
        with capture_logs() as records:
            yield records

    @pytest.fixture
    def bug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(discovery, "describe", fail)
        monkeypatch.setattr(Reads, "_composed", fail)

    def test_is_answered_internal_error_with_the_id_and_without_a_python_word(self, bug: None, peer: Peer) -> None:
        reply = peer.ask({"type": "describe", "id": 5})
        assert error(reply) == "internal_error"
        assert reply["id"] == 5

    def test_in_the_serving_of_a_fresh_reading_is_answered_each_time(self, bug: None, stage: Stage, peer: Peer) -> None:
        stage.sensors["t1"].publish(temp=48.0)
        for _ in range(3):
            assert peer.code(aq("0x48", max_age=60, id=1)) == "internal_error"
            assert peer.code(aq("0x48", max_age=60)) == "internal_error"

    def test_in_the_serving_of_an_awaited_reading_is_answered_and_nobody_waits_on(self, bug: None, stage: Stage, peer: Peer) -> None:
        peer.send(aq("0x48"))
        stage.sensors["t1"].asked.wait_for_count(1)
        stage.sensors["t1"].publish(temp=48.0)
        assert error(peer.reply()) == "internal_error"
        stage.sensors["t1"].publish(temp=49.0)
        assert peer.ask({"type": "scan"})["state"] == "ACK", "there is one reply"

    def test_while_a_reading_is_asked_for_is_answered_and_nobody_waits_on(self, stage: Stage, peer: Peer) -> None:
        stage.sensors["t1"].on_measure = fail
        assert peer.code(aq("0x48")) == "internal_error"
        stage.sensors["t1"].publish(temp=49.0)
        assert peer.value(aq("0x48")) == 49.0, "there is one reply to each"

    def test_in_the_middle_of_an_order_withdraws_the_order(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        heater, other = stage.outputs["heater"], stage.peer()
        heater.obedient = False
        monkeypatch.setattr(stage.outputs["fan"], "obey", fail)
        other.send(multi("PI-MULTI", pi(23, 9), pi(18, 9)))
        (order,) = heater.told.wait_for_count(1)
        order.reply(Done(order.ticket, 9.0))
        assert error(other.reply()) == "internal_error"
        assert order.claim.withdrawn

    def test_in_a_child_is_answered_without_a_python_word(self, stage: Stage, peer: Peer) -> None:
        bug = Fault("internal_error", "ZeroDivisionError in tmp102.py:33: float division by zero")
        peer.send(aq("0x48"))
        stage.sensors["t1"].asked.wait_for_count(1)
        now = stage.clock.monotonic()
        stage.sensors["t1"].cell.publish(Failure(bug, now, now, 0.0))
        assert error(peer.reply()) == "internal_error"
        stage.route("t1", "backoff", bug)
        assert peer.code(aq("0x48")) == "internal_error"
        stage.route("fan", "backoff", bug)
        assert peer.code(pi(18, 1)) == "internal_error"

    def test_that_is_one_of_our_own_errors_keeps_its_code(self, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> Any:
            raise RefusedError("unavailable", "this cannot be done here, says a test")

        monkeypatch.setattr(discovery, "describe", refuse)
        reply = peer.ask({"type": "describe", "id": 5})
        assert error(reply) == "unavailable"
        assert reply["id"] == 5


def test_a_gateway_that_crashes_gives_its_port_back_and_tells_the_supervisor(stage: Stage) -> None:
    stage.tell(News([]))  # type: ignore[arg-type] # what no child sends
    said = stage.said.wait_for(lambda items: any(isinstance(item, Died) for item in items))
    (died,) = [item for item in said if isinstance(item, Died)]
    assert (died.child, died.generation, died.expected) == ("gateway", 1, False)
    eventually(lambda: not stage.ref.is_alive(), "the gateway ends")
    stage.gateway = None


def test_a_message_that_nobody_knows_is_recorded_and_harms_nobody(stage: Stage, peer: Peer) -> None:
    with capture_logs() as records:
        stage.tell("what?")
        stage.settle()
    assert [record["event"] for record in records] == ["internal_error"]
    assert peer.ask({"type": "scan"})["state"] == "ACK"
