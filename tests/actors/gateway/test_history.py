"""The request `history`: what is new since a cursor, at once or when it comes; a cursor that is too old says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from actors.core.ring import LONGEST
from actors.gateway.reading.history import PACE
from tests.actors.gateway.peer import aq, pi
from tests.actors.gateway.stage import Stage

if TYPE_CHECKING:
    from tests.actors.gateway.peer import Peer

ME = b"me"


def history(cursor: int | None = None, wait: float = 0) -> dict[str, Any]:
    return {"type": "history", "wait": wait, **({} if cursor is None else {"cursor": cursor})}


def since(peer: Peer, cursor: int | None = None, wait: float = 0) -> dict[str, Any]:
    value: dict[str, Any] = peer.value(history(cursor, wait))
    return value


def test_readings_come_by_name_in_columns_and_a_missing_number_has_its_code(still: Stage) -> None:
    still.sensors["rh"].publish(hum=45.5, temp=21.0)
    still.clock.sleep(1)
    still.sensors["rh"].fail("no_ack")
    found = since(still.peer())["readings"]
    assert set(found) == {"rh", "rh.temp"}
    assert found["rh"]["value"] == [45.5, None]
    assert found["rh"]["fault"] == [None, "no_ack"]
    assert found["rh.temp"]["value"] == [21.0, None]
    assert found["rh"]["at"][1] - found["rh"]["at"][0] == pytest.approx(1.0, abs=0.01)


def test_what_an_output_was_asked_for_and_by_whom_is_kept_with_what_it_did(still: Stage) -> None:
    cell = still.outputs["fan"].cell
    cell.publish(0.0, still.clock.monotonic())
    first = since(still.peer())
    cell.ask(128.0, "10.0.0.7")
    cell.publish(128.0, still.clock.monotonic())
    cell.publish(128.0, still.clock.monotonic())
    found = since(still.peer(), first["cursor"])["outputs"]
    assert found == {"fan": {"at": found["fan"]["at"], "asked": [128.0, 128.0], "value": [0.0, 128.0], "by": ["10.0.0.7"] * 2}}


def test_a_first_answer_tells_what_every_output_does_now(still: Stage) -> None:
    outputs = since(still.peer())["outputs"]
    assert {name: column["value"] for name, column in outputs.items()} == {"fan": [None], "heater": [None], "blower": [None]}


def test_a_cursor_gives_every_reading_once(still: Stage) -> None:
    peer, cursor, found = still.peer(), None, []
    for number in range(5):
        still.sensors["t1"].publish(temp=float(number))
        part = since(peer, cursor)
        assert not part["missed"]
        cursor = part["cursor"]
        found += part["readings"]["t1"]["value"]
    assert found == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert since(peer, cursor)["readings"] == {}


def test_who_waits_is_answered_by_the_next_reading(still: Stage) -> None:
    peer = still.peer(identity=ME)
    cursor = since(peer)["cursor"]
    still.advance(PACE)
    peer.send(history(cursor, wait=20))
    still.taken(ME, 2)
    assert peer.silent()
    still.sensors["t1"].publish(temp=48.0)
    assert peer.reply()["value"]["readings"]["t1"]["value"] == [48.0]


def test_who_waits_in_vain_gets_an_empty_answer_in_the_end(still: Stage) -> None:
    peer = still.peer(identity=ME)
    peer.send(history(since(peer)["cursor"], wait=20))
    still.taken(ME, 2)
    still.advance(19.9)
    assert peer.silent()
    still.advance(0.2)
    part = peer.reply()["value"]
    assert (part["readings"], part["missed"]) == ({}, False)


def test_many_readings_make_few_answers(still: Stage) -> None:
    peer = still.peer(identity=ME)
    still.sensors["t1"].publish(temp=1.0)
    cursor = since(peer)["cursor"]
    peer.send(history(cursor, wait=20))
    still.taken(ME, 2)
    still.sensors["t1"].publish(temp=2.0)
    still.sensors["t1"].publish(temp=3.0)
    still.settle()
    assert peer.silent()
    still.advance(PACE)
    assert peer.reply()["value"]["readings"]["t1"]["value"] == [2.0, 3.0]


def test_a_later_request_does_not_wait_behind_one_that_waits_for_news(still: Stage) -> None:
    peer = still.peer(identity=ME)
    still.sensors["t1"].publish(temp=48.0)
    peer.send(history(since(peer)["cursor"], wait=20), aq("0x48"))
    assert peer.reply()["value"]["readings"] == {}
    assert peer.reply()["value"] == 48.0


def test_a_cursor_that_is_too_old_or_of_another_run_says_so_and_gets_what_there_is(still: Stage) -> None:
    still.sensors["t1"].publish(temp=48.0)
    part = since(still.peer(), 17)
    assert part["missed"]
    assert part["readings"]["t1"]["value"] == [48.0]


def test_nothing_is_kept_while_nobody_has_asked_for_long_and_then_it_begins_again(still: Stage) -> None:
    ring, peer = still.ring, still.peer()
    cursor = since(peer)["cursor"]
    still.clock.sleep(LONGEST + 1)
    ring.collect()
    assert not ring.on
    assert since(peer, cursor)["missed"]
    assert ring.on


@pytest.mark.parametrize("field", [{"cursor": "7"}, {"cursor": 1.5}, {"cursor": True}, {"wait": -1}, {"wait": "soon"}])
def test_a_field_that_is_wrong_is_refused(stage: Stage, field: dict[str, Any]) -> None:
    assert stage.peer().code({"type": "history", **field}) == "bad_value"


def test_looking_on_is_no_sign_that_somebody_is_there_and_driving_is(still: Stage) -> None:
    clientele, peer = still.clientele, still.peer().introduce()
    before = clientele.asked
    still.clock.sleep(1)
    since(peer)
    still.sensors["t1"].publish(temp=48.0)
    peer.value(aq("0x48"))
    assert clientele.asked == before
    peer.value(pi(18, 10))
    assert clientele.asked == still.clock.monotonic()
    still.clock.sleep(61)
    peer.value(aq("0x48", max_age=100))
    assert clientele.asked == still.clock.monotonic()


def test_a_client_that_is_lost_while_it_waits_leaves_nothing_behind(still: Stage) -> None:
    peer = still.peer(identity=ME)
    peer.send(history(since(peer)["cursor"], wait=20))
    still.taken(ME, 2)
    peer.close()
    still.sensors["t1"].publish(temp=48.0)
    still.advance(30)
    assert since(still.peer())["readings"]["t1"]["value"] == [48.0]
