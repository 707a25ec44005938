"""Pacing by information: an eager client waits for news, at most a frame interval; nobody else waits for anything."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from actors.errors import Fault
from tests.actors.gateway.peer import Peer, aq, aq_pin, error, multi, pi
from tests.actors.gateway.stage import BENCH, Stage
from tests.fakes import ManualClock

ME = b"me"


@pytest.fixture
def me(still: Stage) -> Peer:
    """A client; readings of all sensors are there, and fresh for as long as a test lasts."""
    still.sensors["rh"].publish(hum=45.5, temp=21.0)
    still.sensors["t1"].publish(temp=48.0)
    still.sensors["t2"].publish(temp=49.0)
    return still.peer(identity=ME)


def waits(stage: Stage, peer: Peer, requests: int) -> bool:
    """Return whether the last of `requests` requests is held."""
    stage.taken(ME, requests)
    return peer.silent()


def test_a_request_for_what_the_client_has_already_waits_for_the_next_reading(still: Stage, me: Peer) -> None:
    assert me.value(aq("0x48")) == 48.0
    me.send(aq("0x48"))
    assert waits(still, me, 2)
    still.sensors["t1"].publish(temp=48.5)
    assert me.reply()["value"] == 48.5


def test_it_waits_at_most_a_frame_interval(still: Stage, me: Peer) -> None:
    me.value(aq("0x48"))
    me.send(aq("0x48"))
    assert waits(still, me, 2)
    still.advance(0.09)
    assert me.silent()
    still.advance(0.011)
    assert me.reply()["value"] == 48.0


def test_one_piece_of_news_among_many_readings_is_enough(still: Stage, me: Peer) -> None:
    request = multi("AQ-MULTI", aq("0x38"), aq("0x48"), aq("0x49"))
    assert me.value(request) == [45.5, 48.0, 49.0]
    me.send(request)
    assert waits(still, me, 2)
    still.sensors["t2"].publish(temp=49.5)
    assert me.reply()["value"] == [45.5, 48.0, 49.5]


def test_another_client_has_not_seen_it(still: Stage, me: Peer) -> None:
    me.value(aq("0x48"))
    assert still.peer().value(aq("0x48")) == 48.0


def test_a_loop_of_single_requests_takes_one_frame_interval_a_round_and_not_one_each(still: Stage, me: Peer) -> None:
    loop = [aq("0x38", "hum"), aq("0x38", "temp"), aq("0x48"), aq("0x49"), aq_pin(18), aq_pin(23)]
    for request in loop:
        me.value(request)
    me.send(loop[0])
    assert waits(still, me, len(loop) + 1)
    still.advance(0.101)
    assert me.reply()["value"] == 45.5
    for request in loop[1:]:
        assert me.ask(request)["state"] == "ACK"


def test_of_many_pipelined_requests_only_the_last_waits(still: Stage, me: Peer) -> None:
    me.value(aq("0x48"))
    me.send(*[aq("0x48")] * 20)
    assert [me.reply()["value"] for _ in range(19)] == [48.0] * 19
    assert waits(still, me, 21)
    still.advance(0.101)
    assert me.reply()["value"] == 48.0


@pytest.mark.parametrize("order", [pi(23, 77), {"type": "off"}, multi("PI-MULTI", pi(23, 77))])
def test_an_order_behind_a_paced_reading_is_executed_at_once_and_ends_the_wait(still: Stage, me: Peer, order: dict[str, object]) -> None:
    me.introduce().value(aq("0x48"))
    me.send(aq("0x48"))
    assert waits(still, me, 3)
    me.send(order)
    still.outputs["heater"].told.wait_for_count(1)
    assert me.reply()["value"] == 48.0
    assert me.reply()["state"] == "ACK"


def test_waiting_for_news_never_turns_into_a_deadline_error(clock: ManualClock) -> None:
    with Stage(replace(BENCH, frame_interval=5.0, deadline=1.0), clock) as still:
        me = still.peer(identity=ME)
        still.sensors["t1"].publish(temp=48.0)
        request = aq("0x48", max_age=60)
        me.value(request)
        me.send(request)
        assert waits(still, me, 2)
        still.advance(4.0)
        assert me.silent()
        still.advance(1.1)
        assert me.reply()["value"] == 48.0


def test_what_has_grown_too_old_while_it_was_held_is_measured_anew(clock: ManualClock) -> None:
    with Stage(replace(BENCH, frame_interval=5.0, deadline=1.0), clock) as still:
        me, t1 = still.peer(identity=ME), still.sensors["t1"]
        t1.publish(temp=48.0)
        me.value(aq("0x48", max_age=1))
        me.send(aq("0x48", max_age=1))
        assert waits(still, me, 2)
        still.advance(5.1)
        t1.asked.wait_for_count(1)
        assert me.silent()
        t1.publish(temp=50.0)
        assert me.reply()["value"] == 50.0


def test_a_new_conversion_is_never_paced(still: Stage, me: Peer) -> None:
    t1 = still.sensors["t1"]
    for number in range(3):
        still.advance(0.001)
        me.send(aq("0x48", max_age=0))
        t1.asked.wait_for_count(number + 1)
        t1.publish(temp=float(number))
        assert me.reply()["value"] == number


def test_a_read_back_that_has_not_changed_waits_and_one_that_has_is_news(still: Stage, me: Peer) -> None:
    assert me.value(aq_pin(23)) == 0
    me.send(aq_pin(23))
    assert waits(still, me, 2)
    assert still.peer().value(pi(23, 50)) == 50
    assert me.reply()["value"] == 50


def test_a_sensor_that_is_lost_is_news(still: Stage, me: Peer) -> None:
    me.value(aq("0x48"))
    me.send(aq("0x48"))
    assert waits(still, me, 2)
    still.route("t1", "absent", Fault("no_ack", "no acknowledge at 0x48"))
    assert error(me.reply()) == "no_ack"


def test_errors_and_what_is_no_reading_are_never_paced(still: Stage, me: Peer) -> None:
    for request in (aq("0x77"), aq_pin(99), {"type": "scan"}, {"type": "describe"}, b"nonsense", multi("AQ-MULTI")):
        for _ in range(3):
            me.ask(request)


def test_a_lost_sensor_among_good_ones_does_not_end_the_pacing(still: Stage, me: Peer) -> None:
    still.route("t1", "absent", Fault("no_ack", "no acknowledge at 0x48"))
    request = multi("AQ-MULTI", aq("0x48"), aq("0x49"), 5)
    me.value(request)
    me.send(request)
    assert waits(still, me, 2)
    still.advance(0.101)
    assert me.reply()["value"][1] == 49.0


@pytest.fixture
def unpaced(clock: ManualClock) -> Iterator[Stage]:
    with Stage(replace(BENCH, frame_interval=0.0), clock) as stage:
        yield stage


def test_a_frame_interval_of_zero_means_never_wait(unpaced: Stage) -> None:
    unpaced.sensors["t1"].publish(temp=48.0)
    peer = unpaced.peer()
    assert [peer.value(aq("0x48")) for _ in range(20)] == [48.0] * 20
    assert [peer.value(aq_pin(18)) for _ in range(20)] == [0] * 20
