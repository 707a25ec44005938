"""What leaves the daemon: the envelope, and nothing but strict JSON."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Fault
from actors.gateway.replies import acknowledged, error_object, refused
from tests.actors.gateway.peer import strict

FAULT = Fault("no_ack", "no acknowledge at 0x49: not plugged in")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_an_error_is_state_a_sentence_and_a_code() -> None:
    expected = {"state": "ERROR", "value": FAULT.message, "code": "no_ack"}
    assert strict(refused(FAULT)) == expected
    assert error_object(FAULT) == expected


@pytest.mark.parametrize("request_id", [b"1", b'"x"', b"1.5"])
def test_the_id_of_the_request_is_repeated_in_every_kind_of_reply(request_id: bytes) -> None:
    for reply in (acknowledged(1.0, request_id), acknowledged({"a": 1}, request_id), refused(FAULT, request_id)):
        assert strict(reply)["id"] == json.loads(request_id)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [math.nan], {"a": [math.inf]}])
def test_nan_and_infinity_are_never_produced(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        acknowledged(value)


@given(JSON, st.none() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_value_and_any_id_come_back_as_they_were(value: Any, request_id: Any) -> None:
    encoded = None if request_id is None else json.dumps(request_id).encode()
    reply = strict(acknowledged(value, encoded))
    assert reply["value"] == value
    assert reply.get("id") == request_id
