"""What a `loop` request may ask for: what is read, what is refused, and whose permission it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.requests import ORDERS
from actors.errors import RefusedError
from actors.gateway.protocol import decode
from actors.loops.law.program import Program, Step
from actors.loops.orders import Order, read

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_what_is_read() -> None:
    assert read({}) == Order()
    assert read({"set": 45, "ramp": 2}) == Order(set=45.0, ramp=2.0)
    assert read({"mode": "auto"}) == Order(mode="auto")
    assert read({"program": [[45, 2, 600], [30, 0, 0]], "end": "off", "hold_back": 1}) == Order(
        program=Program((Step(45.0, 2.0, 600.0), Step(30.0, 0.0, 0.0)), "off", 1.0)
    )
    assert read({"tune": {"around": 40, "fan": True}}).tune == {"around": 40.0, "fan": True}


@pytest.mark.parametrize(
    "fields",
    [
        {"set": "45"},
        {"set": True},
        {"set": 45, "mode": "auto"},
        {"ramp": 2},
        {"ramp": -1, "set": 45},
        {"end": "off"},
        {"program": []},
        {"program": [[45, 2]]},
        {"program": [[45, -2, 0]]},
        {"program": [[45, 2, 600]] * 65},
        {"mode": "on"},
        {"tune": {"around": "x"}},
        {"speed": 1},
    ],
)
def test_what_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        read(fields)
    assert refused.value.code == "bad_value"


@settings(max_examples=50)
@given(fields=st.dictionaries(st.sampled_from([*ORDERS]), ANYTHING, max_size=3))
def test_nothing_but_a_refusal_comes_of_anything_else(fields: dict[str, Any]) -> None:
    try:
        read(fields)
    except RefusedError as error:
        assert error.code == "bad_value"  # noqa: PT017 - most of it is refused, and some of it may be right


def test_a_look_takes_the_permission_of_status_and_an_order_that_of_driving() -> None:
    assert decode(json.dumps({"type": "loop", "name": "oven"}).encode()).permission == "status"
    assert decode(json.dumps({"type": "loop", "name": "oven", "set": 0}).encode()).permission == "loop"
    assert decode(b'{"type": "off"}').permission == "off"
