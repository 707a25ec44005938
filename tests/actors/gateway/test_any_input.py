"""Whatever bytes arrive: exactly one reply of strict JSON, no harm done, and no output moves unless an ACK says so."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from actors.messages import Done, Measure
from tests.actors.gateway.peer import error, is_number, strict
from tests.actors.gateway.stage import BENCH, PlayedSensor, Stage

KINDS = ["scan", "AQ", "AQ-MULTI", "PI", "PI-MULTI", "status", "describe", "reset", "retry", "off", "fault"]
FIELDS = ["register", "pin", "add", "channel", "value", "max_age", "detail", "id", "child", "interlock", "target", "kind", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
LIKELY = st.sampled_from(
    ["pin", "add", "0x38", "0x48", "0x4C", "temp", "hum", 18, 23, "18", "23", 0, 128, 25.5, "76.5", 999, -1, None, True]
)
PART = st.fixed_dictionaries(
    {"register": st.sampled_from(["pin", "add"]), "pin": st.sampled_from([18, "23", 17]), "add": st.sampled_from(["0x38", "48", "4c"])},
    optional={"value": LIKELY | JSON, "channel": LIKELY | JSON, "max_age": LIKELY | JSON, "detail": LIKELY},
)
REQUEST = st.one_of(
    st.builds(dict, st.dictionaries(st.sampled_from(FIELDS), LIKELY | JSON), type=st.sampled_from(KINDS)),
    st.builds(dict, PART, type=st.sampled_from(["AQ", "PI"])),
    st.fixed_dictionaries({"type": st.sampled_from(["AQ-MULTI", "PI-MULTI"]), "components": st.lists(PART | JSON, max_size=5)}),
)


@pytest.fixture
def busy() -> Iterator[Stage]:
    """A gateway whose children and supervisor answer by themselves, at once."""
    with Stage(replace(BENCH, frame_interval=0.0)) as stage:
        for sensor in stage.sensors.values():
            names = ("hum", "temp") if sensor.spec.driver == "AHT10" else ("temp",)
            sensor.on_measure = partial(_measured, sensor, names)
        stage.on_query = lambda query: query.reply(Done(query.ticket, {"kind": query.kind}))
        yield stage


def _measured(sensor: PlayedSensor, names: tuple[str, ...], _wish: Measure) -> None:
    sensor.publish(**dict.fromkeys(names, 20.0))


def values(stage: Stage) -> dict[str, float]:
    return {name: output.value for name, output in stage.outputs.items()}


def drives(request: Any, reply: dict[str, Any]) -> bool:
    """Return whether this reply to this request says that an output was driven."""
    if not isinstance(request, dict) or reply["state"] != "ACK":
        return False
    kind, value = request.get("type"), reply["value"]
    return kind == "off" or (kind == "PI" and is_number(value)) or (kind == "PI-MULTI" and any(part["state"] == "ACK" for part in value))


def test_the_invariant_can_tell_an_ack_from_an_error() -> None:
    assert drives({"type": "PI"}, {"state": "ACK", "value": 1.0})
    assert not drives({"type": "PI"}, {"state": "ERROR", "value": "x", "code": "y"})
    assert not drives({"type": "PI-MULTI"}, {"state": "ACK", "value": [{"state": "ERROR"}]})


def test_any_frames_get_one_reply_and_move_nothing(busy: Stage) -> None:
    peer = busy.peer()

    @given(st.lists(st.binary(max_size=40) | st.just(b"") | st.just(b'{"type":"scan"}'), min_size=1, max_size=6))
    def check(frames: list[bytes]) -> None:
        peer.socket.send_multipart(frames)
        *before, body = peer.frames()
        assert before == ([b""] if len(frames) > 1 and frames[0] == b"" else [])
        strict(body)
        assert peer.ask({"type": "scan"})["state"] == "ACK"
        assert busy.driven.items == []

    check()


def test_any_bytes_get_one_reply_and_move_nothing(busy: Stage) -> None:
    peer = busy.peer()

    @given(st.binary(max_size=300))
    def check(body: bytes) -> None:
        assume(b'"type"' not in body)  # Hypothesis also tries what it finds in our own sources, good requests among it
        assert error(peer.ask(body)) in {"bad_json", "bad_encoding", "bad_request", "unknown_type"}
        assert peer.ask({"type": "scan", "id": 1})["id"] == 1
        assert busy.driven.items == []

    check()


def test_any_json_gets_one_reply_and_outputs_move_only_where_an_ack_says_so(busy: Stage) -> None:
    peer = busy.peer()

    @given(st.lists(REQUEST | JSON, min_size=1, max_size=4))
    def check(requests: list[Any]) -> None:
        for request in requests:
            before = values(busy)
            peer.send(json.dumps(request).encode())  # NaN and Infinity included
            reply = peer.reply()
            _well_formed(request, reply)
            if values(busy) != before:
                assert drives(request, reply)
        assert peer.ask({"type": "scan"})["state"] == "ACK"

    check()


def test_pipelined_requests_of_any_kind_get_as_many_replies_in_order(busy: Stage) -> None:
    peer = busy.peer()

    @given(st.lists(REQUEST, min_size=2, max_size=12))
    def check(requests: list[Any]) -> None:
        sent = [{**request, "id": number} for number, request in enumerate(requests)]
        peer.send(*sent)
        replies = [peer.reply() for _ in sent]
        assert [reply.get("id") for reply in replies] == [request["id"] if _strict(request) else None for request in sent]

    check()


def _strict(request: Any) -> bool:
    """Return whether JSON can hold this: no NaN and no infinity anywhere."""
    try:
        json.dumps(request, allow_nan=False)
    except ValueError:
        return False
    return True


def _well_formed(request: Any, reply: dict[str, Any]) -> None:
    """Check what a reply must look like beside being strict JSON."""
    if not isinstance(request, dict):
        assert error(reply) in {"bad_request", "bad_json"}
        return
    if reply["state"] == "ERROR":
        return
    match request["type"]:
        case "PI":
            assert is_number(reply["value"])
        case "AQ":
            assert is_number(reply["value"]) or set(reply["value"]) >= {"value", "units", "time"}
        case "AQ-MULTI":
            assert len(reply["value"]) == len(request["components"])
            for value in reply["value"]:
                assert is_number(value) or "units" in value or error(value)
        case "PI-MULTI":
            assert len(reply["value"]) == len(request["components"])
            for part in reply["value"]:
                assert is_number(part["value"]) or error(part)
        case _:
            pass
