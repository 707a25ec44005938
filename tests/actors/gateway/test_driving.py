"""PI, PI-MULTI and off: what is driven, in which order, and what is answered."""

from typing import Any

import pytest

from actors.errors import Fault
from actors.messages import Done, Safe
from tests.actors.gateway.peer import Peer, error, multi, pi
from tests.actors.gateway.stage import Stage


def component(pin: Any, value: Any) -> dict[str, Any]:
    return {"register": "pin", "pin": pin, "value": value}


def test_pi_with_the_pin_as_a_string_and_a_fraction_as_value(stage: Stage, peer: Peer) -> None:
    assert peer.value(pi("18", 25.5)) == 25.5
    assert peer.value(pi("23", "76.25")) == 76.25
    assert stage.outputs["fan"].set_points() == [25.5]
    assert stage.outputs["heater"].set_points() == [76.25]


def test_what_is_answered_is_what_the_output_says_not_what_was_asked(stage: Stage, peer: Peer) -> None:
    assert peer.value(pi(18, 999)) == 255


def test_pi_by_address_drives_an_output_configured_with_one(stage: Stage, peer: Peer) -> None:
    assert peer.value({"type": "PI", "register": "add", "add": "0x4c", "value": 40}) == 40
    assert stage.outputs["blower"].set_points() == [40]


@pytest.mark.parametrize(("register", "where"), [("pin", 17), ("pin", -1), ("pin", 10**30), ("add", "0x77"), ("add", -5), ("add", 10**30)])
def test_an_unknown_pin_or_address_is_an_error_naming_it(stage: Stage, peer: Peer, register: str, where: Any) -> None:
    for kind in ("PI", "AQ"):
        reply = peer.ask({"type": kind, "register": register, register: where, "value": 1})
        assert error(reply) in {"unknown_pin", "unknown_address"}
        assert str(where)[2:6] in reply["value"]
    assert stage.driven.items == []


@pytest.mark.parametrize("value", [None, True, "", "x", "0x10", "12,5", [], {}, "NaN"])
def test_a_value_that_is_none_leaves_the_output_untouched(stage: Stage, peer: Peer, value: Any) -> None:
    assert peer.code(pi(23, value)) == "bad_value"
    assert stage.driven.items == []


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_value_beyond_all_numbers_leaves_the_output_untouched(stage: Stage, peer: Peer, literal: bytes) -> None:
    assert peer.code(b'{"type":"PI","register":"pin","pin":23,"value":' + literal + b"}") in {"bad_json", "bad_value"}
    assert stage.driven.items == []


def test_a_component_waits_until_the_one_before_it_has_been_applied(stage: Stage, peer: Peer) -> None:
    fan = stage.outputs["fan"]
    fan.obedient = False
    peer.send(multi("PI-MULTI", component(18, 10), component(23, 20)))
    (first,) = fan.told.wait_for_count(1)
    stage.settle()
    assert stage.outputs["heater"].told.items == []
    fan.obey(first)
    assert [part["value"] for part in peer.reply()["value"]] == [10, 20]


def test_a_component_answered_error_drives_nothing_and_the_others_are_applied(stage: Stage, peer: Peer) -> None:
    bad = [component(17, 1), component(23, "x"), 7, {"register": "add", "add": "0x48", "value": 1}, {}]
    parts = peer.value(multi("PI-MULTI", component(18, 1), *bad, component(23, 2)))
    assert [part["state"] for part in parts] == ["ACK", *["ERROR"] * 5, "ACK"]
    assert [error(part) for part in parts[1:6]] == ["unknown_pin", "bad_value", "bad_component", "driven_by_pin", "bad_register"]
    assert [(name, told.value) for name, told in stage.driven.items] == [("fan", 1), ("heater", 2)]


def test_pi_multi_of_too_many_components_is_one_error_and_drives_nothing(stage: Stage, peer: Peer) -> None:
    assert peer.code(multi("PI-MULTI", *[component(18, 1)] * 257)) == "too_many_components"
    assert stage.driven.items == []


def test_pi_multi_without_a_list_is_an_error_and_with_an_empty_one_an_empty_list(peer: Peer) -> None:
    assert peer.code({"type": "PI-MULTI"}) == "bad_request"
    assert peer.code({"type": "PI-MULTI", "components": {"0": component(18, 1)}}) == "bad_request"
    assert peer.value(multi("PI-MULTI")) == []


def test_an_output_that_is_down_is_an_error_with_its_reason_and_is_told_nothing(stage: Stage, peer: Peer) -> None:
    stage.route("fan", "backoff", Fault("gpio_unavailable", "pigpiod is out of reach"))
    reply = peer.ask(pi(18, 5))
    assert error(reply) == "gpio_unavailable"
    assert "pigpiod is out of reach" in reply["value"]
    parts = peer.value(multi("PI-MULTI", component(18, 1), component(23, 2)))
    assert [part["state"] for part in parts] == ["ERROR", "ACK"]
    assert stage.outputs["fan"].told.items == []


def test_an_output_that_refuses_is_an_error_with_its_words(stage: Stage, peer: Peer) -> None:
    heater = stage.outputs["heater"]
    heater.obedient = False
    peer.send(pi(23, 5, id=1))
    order = heater.told.wait_for_count(1)[0]
    order.reply(Done(order.ticket, Fault("interlock", "refused by overheat: t_resistance is above 90 °C; `pilotage reset overheat`")))
    reply = peer.reply()
    assert error(reply) == "interlock"
    assert reply["id"] == 1
    assert "90 °C" in reply["value"]


def test_an_output_that_does_not_answer_is_an_error_at_the_deadline_and_the_order_is_withdrawn(still: Stage) -> None:
    peer, heater = still.peer(identity=b"me"), still.outputs["heater"]
    heater.obedient = False
    peer.send(pi(23, 200, id="x"))
    order = heater.told.wait_for_count(1)[0]
    assert order.expires == pytest.approx(still.clock.monotonic() + 1.5)
    still.advance(1.4)
    assert peer.silent()
    still.advance(0.2)
    reply = peer.reply()
    assert error(reply) == "deadline"
    assert reply["id"] == "x"
    assert order.claim.withdrawn
    order.reply(Done(order.ticket, 200.0))  # the late answer goes nowhere
    assert peer.ask({"type": "scan"})["state"] == "ACK"


def test_pi_multi_keeps_the_answers_it_has_at_the_deadline_and_drives_nothing_more(still: Stage) -> None:
    peer, heater = still.peer(), still.outputs["heater"]
    heater.obedient = False
    peer.send(multi("PI-MULTI", component(18, 1), component(23, 2), component(18, 3)))
    heater.told.wait_for_count(1)
    still.advance(1.6)
    parts = peer.reply()["value"]
    assert parts[0] == {"state": "ACK", "value": 1}
    assert [error(part) for part in parts[1:]] == ["deadline", "deadline"]
    assert [(name, told.value) for name, told in still.driven.items] == [("fan", 1), ("heater", 2)]


def test_off_overtakes_orders_that_are_under_way_and_withdraws_them(stage: Stage, peer: Peer) -> None:
    heater = stage.outputs["heater"]
    heater.obedient = False
    other = stage.peer()
    other.send(pi(23, 200), pi(23, 100))
    first, second = heater.told.wait_for_count(2)
    heater.obedient = True
    assert peer.value({"type": "off"})["heater"] == 0
    assert [error(other.reply()) for _ in range(2)] == ["withdrawn"] * 2
    assert first.claim.withdrawn
    assert second.claim.withdrawn
    heater.obey(first)
    heater.obey(second)
    assert heater.value == 0


def test_off_in_the_middle_of_a_pi_multi_ends_it_and_still_makes_everything_safe(stage: Stage, peer: Peer) -> None:
    fan, heater = stage.outputs["fan"], stage.outputs["heater"]
    fan.obedient = False
    other = stage.peer()
    other.send(multi("PI-MULTI", component(18, 10), component(23, 20), component(23, 30), 5))
    fan.told.wait_for_count(1)
    fan.obedient = True
    assert peer.value({"type": "off"}) == {"fan": 0, "heater": 0, "blower": 0}
    assert [error(part) for part in other.reply()["value"]] == ["withdrawn"] * 4
    assert heater.set_points() == []
    assert heater.value == 0


def test_off_is_executed_at_once_though_its_answer_waits_for_its_turn(stage: Stage, peer: Peer) -> None:
    peer.send({"type": "AQ", "register": "add", "add": "0x48"}, {"type": "off"})
    for output in stage.outputs.values():
        output.told.wait_for_count(1)
    assert peer.silent()


def test_off_is_served_even_where_too_many_requests_wait_already(stage: Stage) -> None:
    peer = stage.peer(identity=b"me")
    peer.send(*[{"type": "AQ", "register": "add", "add": "0x48"}] * 300, {"type": "off"})
    stage.outputs["heater"].told.wait_for(lambda told: isinstance(told[-1], Safe) if told else False)


def test_off_that_is_not_answered_is_an_error_at_the_deadline(still: Stage) -> None:
    peer, heater = still.peer(), still.outputs["heater"]
    heater.obedient = False
    peer.send({"type": "off"})
    heater.told.wait_for_count(1)
    still.advance(1.6)
    reply = peer.reply()
    assert error(reply) == "not_all_safe"
    assert "heater" in reply["value"]


def test_a_later_order_is_never_undone_by_what_is_left_of_an_earlier_one(stage: Stage, peer: Peer) -> None:
    fan, heater = stage.outputs["fan"], stage.outputs["heater"]
    fan.obedient = False
    peer.send(multi("PI-MULTI", component(18, 10), component(23, 20)))
    (first,) = fan.told.wait_for_count(1)
    other = stage.peer()
    assert other.value(pi(23, 0)) == 0
    fan.obey(first)
    assert [part["value"] for part in peer.reply()["value"]] == [10, 20]
    assert heater.set_points() == [20, 0]
    assert heater.value == 0
