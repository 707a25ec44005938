"""What leaves the daemon: the envelope, and nothing but strict JSON."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Fault
from actors.gateway.protocol import BadRequestError, Request, acknowledged, decode, error_object, refused
from tests.actors.gateway.peer import strict

FAULT = Fault("no_ack", "no acknowledge at 0x49: not plugged in")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_a_reply_is_state_and_value() -> None:
    assert strict(acknowledged(21.5)) == {"state": "ACK", "value": 21.5}
    assert strict(acknowledged([])) == {"state": "ACK", "value": []}


def test_an_error_is_state_a_sentence_and_a_code() -> None:
    expected = {"state": "ERROR", "value": FAULT.message, "code": "no_ack"}
    assert strict(refused(FAULT)) == expected
    assert error_object(FAULT) == expected


@pytest.mark.parametrize("request_id", [b"1", b'"x"', b"1.5"])
def test_the_id_of_the_request_is_repeated_in_every_kind_of_reply(request_id: bytes) -> None:
    for reply in (acknowledged(1.0, request_id), acknowledged({"a": 1}, request_id), refused(FAULT, request_id)):
        assert strict(reply)["id"] == json.loads(request_id)


def test_extra_keys_stand_at_the_top_level() -> None:
    lists: dict[str, Any] = {"actuator": [], "detector": []}
    assert strict(acknowledged({}, b"1", **lists)) == {"state": "ACK", "value": {}, **lists, "id": 1}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [math.nan], {"a": [math.inf]}])
def test_nan_and_infinity_are_never_produced(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        acknowledged(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_arrives_as_the_very_same_number(value: float) -> None:
    assert strict(acknowledged(value))["value"] == value


@given(JSON, st.none() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_value_and_any_id_come_back_as_they_were(value: Any, request_id: Any) -> None:
    encoded = None if request_id is None else json.dumps(request_id).encode()
    reply = strict(acknowledged(value, encoded))
    assert reply["value"] == value
    assert reply.get("id") == request_id


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_are_refused_in_words(data: bytes) -> None:
    _decoded_or_refused(data)


@given(JSON)
def test_any_json_is_a_request_or_is_refused_in_words(value: Any) -> None:
    _decoded_or_refused(json.dumps(value).encode())


FIELDS = ["register", "pin", "add", "channel", "value", "max_age", "detail", "components", "id", "child", "interlock", "target", "kind"]
KINDS = ["scan", "AQ", "AQ-MULTI", "PI", "PI-MULTI", "status", "describe", "reset", "retry", "off", "fault"]


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from(["pin", "add", "0x38", 18, "18"])))
def test_any_fields_of_a_known_type_are_a_request_or_are_refused_in_words(kind: str, fields: dict[str, Any]) -> None:
    _decoded_or_refused(json.dumps({**fields, "type": kind}).encode())


def _decoded_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decode(data), Request)
    except BadRequestError as why:
        strict(refused(Fault.of(why), why.id))
