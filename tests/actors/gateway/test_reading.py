"""AQ and AQ-MULTI: which reading serves a request, from when it is, and what stands in the place of one that is not there."""

import re
from datetime import datetime
from typing import Any

import pytest

from actors.errors import Fault
from actors.messages import Measure
from tests.actors.gateway.peer import Peer, aq, aq_pin, error, is_number, multi, pi
from tests.actors.gateway.stage import Stage


def test_aq_by_address_and_channel_is_answered_by_a_number(stage: Stage, peer: Peer) -> None:
    stage.sensors["rh"].publish(hum=45.5, temp=21.25)
    assert peer.ask(aq("0x38", "hum")) == {"state": "ACK", "value": 45.5}
    assert peer.value(aq("0x38", "temp")) == 21.25
    assert is_number(peer.value(aq("38", "temp")))


def test_without_a_channel_the_aht10_gives_its_humidity(stage: Stage, peer: Peer) -> None:
    stage.sensors["rh"].publish(hum=45.5, temp=21.25)
    for channel in ({}, {"channel": None}, {"channel": ""}):
        assert peer.value({**aq("0x38"), **channel}) == 45.5


def test_an_unknown_channel_is_an_error_naming_the_known_ones(stage: Stage, peer: Peer) -> None:
    stage.sensors["rh"].publish(hum=45.5, temp=21.25)
    for channel in ("humidity", "HUM", "x" * 5000):
        reply = peer.ask(aq("0x38", channel))
        assert error(reply) == "unknown_channel"
        assert "hum, temp" in reply["value"]
        assert len(reply["value"]) < 300


def test_aq_by_pin_is_the_read_back_of_the_output(stage: Stage, peer: Peer) -> None:
    peer.value(pi(18, 128))
    assert peer.value(aq_pin("18")) == 128
    assert stage.outputs["fan"].read_backs() == 1


def test_a_bad_component_is_an_error_in_its_place_and_never_one_for_all(stage: Stage, peer: Peer) -> None:
    stage.sensors["t1"].publish(temp=48.0)
    bad: list[Any] = [
        None,
        5,
        [],
        aq("0x77"),
        aq("zz"),
        aq("0x48", "volts"),
        {"register": "x"},
        aq_pin(99),
        aq_pin("1_8"),
        aq("0x48", max_age=-1),
    ]
    values = peer.value(multi("AQ-MULTI", aq("0x48"), *bad, aq("0x48")))
    assert values[0] == values[-1] == 48.0
    assert [error(value) for value in values[1:-1]] == [
        "bad_component", "bad_component", "bad_component", "unknown_address", "bad_address",
        "unknown_channel", "bad_register", "unknown_pin", "bad_pin", "bad_max_age",
    ]  # fmt: skip


def test_aq_multi_of_nothing_is_an_empty_list_and_of_no_list_an_error(peer: Peer) -> None:
    assert peer.value(multi("AQ-MULTI")) == []
    assert peer.code({"type": "AQ-MULTI"}) == "bad_request"
    assert peer.code({"type": "AQ-MULTI", "components": "0x38"}) == "bad_request"


def test_aq_multi_of_too_many_components_is_one_error_and_reads_nothing(stage: Stage, peer: Peer) -> None:
    assert peer.code(multi("AQ-MULTI", *[aq("0x48")] * 257)) == "too_many_components"
    assert peer.code(multi("AQ-MULTI", *[aq_pin(18)] * 300)) == "too_many_components"
    assert stage.sensors["t1"].asked.items == []
    assert stage.driven.items == []


def test_all_channels_of_one_chip_come_from_one_measurement(still: Stage) -> None:
    peer, rh = still.peer(), still.sensors["rh"]
    peer.send(multi("AQ-MULTI", aq("0x38", "hum"), aq("0x38", "temp"), aq("0x38", "hum", max_age=0)))
    assert len(rh.asked.wait_for_count(1)) == 1
    rh.publish(hum=45.5, temp=21.25)
    assert peer.reply()["value"] == [45.5, 21.25, 45.5]
    assert len(rh.asked.items) == 1


def test_one_channel_that_is_broken_does_not_take_the_others_with_it(stage: Stage, peer: Peer) -> None:
    stage.sensors["rh"].publish(hum=Fault("diode_open", "the diode of this channel is open"), temp=21.25)
    hum, temp = peer.value(multi("AQ-MULTI", aq("0x38", "hum"), aq("0x38", "temp")))
    assert error(hum) == "diode_open"
    assert temp == 21.25
    assert peer.code(aq("0x38", "hum")) == "diode_open"


class TestAge:
    """Which readings are young enough; the clock stands still, so every age is exact."""

    def test_a_reading_as_old_as_the_chip_allows_is_served_and_nothing_is_measured(self, still: Stage) -> None:
        still.sensors["rh"].publish(hum=45.5, temp=21.0)
        still.advance(2.0)
        assert still.peer().value(aq("0x38")) == 45.5
        assert still.sensors["rh"].asked.items == []

    def test_an_older_one_is_not_and_a_measurement_is_asked_for(self, still: Stage) -> None:
        peer, rh = still.peer(), still.sensors["rh"]
        rh.publish(hum=45.5, temp=21.0)
        still.advance(2.001)
        peer.send(aq("0x38"))
        assert rh.asked.wait_for_count(1) == [Measure(now := still.clock.monotonic(), now - 2.0, False)]
        rh.publish(hum=46.5, temp=21.0)
        assert peer.reply()["value"] == 46.5

    @pytest.mark.parametrize(("max_age", "served"), [(0.5, False), (0.999, False), (1.0, True), (10, True)])
    def test_max_age_takes_the_place_of_the_chips_own(self, still: Stage, max_age: float, served: bool) -> None:
        peer, t1 = still.peer(), still.sensors["t1"]
        t1.publish(temp=48.0)
        still.advance(1.0)
        peer.send(aq("0x48", max_age=max_age))
        if served:
            assert peer.reply()["value"] == 48.0
        else:
            assert t1.asked.wait_for_count(1) == [Measure(now := still.clock.monotonic(), now - max_age, False)]
            assert peer.silent()

    def test_max_age_of_zero_is_a_conversion_begun_after_the_request(self, still: Stage) -> None:
        peer, t1 = still.peer(), still.sensors["t1"]
        t1.publish(temp=48.0)
        still.advance(0.01)
        peer.send(aq("0x48", max_age=0))
        asked = still.clock.monotonic()
        assert t1.asked.wait_for_count(1) == [Measure(asked, asked, True)]
        t1.publish(temp=49.0, begun=asked - 0.001)  # it had begun just before
        still.settle()
        assert peer.silent()
        t1.publish(temp=50.0, begun=asked)
        assert peer.reply()["value"] == 50.0

    def test_requests_that_wait_for_a_conversion_share_it(self, still: Stage) -> None:
        t1 = still.sensors["t1"]
        peers = [still.peer() for _ in range(4)]
        for peer in peers:
            peer.send(aq("0x48", max_age=0))
        t1.asked.wait_for_count(4)
        t1.publish(temp=50.0)
        assert [peer.reply()["value"] for peer in peers] == [50.0] * 4

    def test_the_strictest_age_of_one_chip_in_a_request_holds_for_all_its_components(self, still: Stage) -> None:
        peer, rh = still.peer(), still.sensors["rh"]
        rh.publish(hum=45.5, temp=21.0)
        still.advance(0.5)
        peer.send(multi("AQ-MULTI", aq("0x38", "hum"), aq("0x38", "temp", max_age=0.1)))
        rh.asked.wait_for_count(1)
        rh.publish(hum=46.5, temp=22.0)
        assert peer.reply()["value"] == [46.5, 22.0]


class TestDetail:
    def test_detail_is_value_units_channel_time_age_quality_and_accuracy(self, still: Stage) -> None:
        still.sensors["t1"].publish(temp=48.0)
        still.advance(0.125)
        detail = still.peer().value(aq("0x48", detail=True))
        when = detail.pop("time")
        assert detail == {
            "value": 48.0,
            "units": "°C",
            "channel": "temp",
            "age_s": 0.125,
            "quality": "simulated",
            "accuracy": 0.5,
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", when)
        assert abs(datetime.fromisoformat(when).timestamp() - datetime.now().astimezone().timestamp()) < 60

    def test_a_calibrated_channel_shows_its_raw_value_beside_the_other(self, still: Stage) -> None:
        still.sensors["t2"].publish(temp=49.0)
        assert still.peer().value(aq("0x49", detail=True))["raw"] == 49.0

    def test_the_detail_of_an_output_has_the_same_keys(self, still: Stage) -> None:
        detail = still.peer().value(aq_pin(18, detail=True))
        assert set(detail) == {"value", "units", "channel", "time", "age_s", "quality", "accuracy"}
        assert (detail["value"], detail["units"], detail["age_s"]) == (0, "%", 0)
