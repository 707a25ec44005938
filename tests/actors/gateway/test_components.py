"""How a client names what it wants to read or drive, and to which value: any JSON is taken as the page of the wire says, or refused."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.gateway.protocol import BadRequestError, Component, decode

TEXTS = st.text(max_size=8) | st.text("0123456789abcdefABCDEFxX+-._eE \n", max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 0x80)
ANY = st.recursive(st.none() | st.booleans() | NUMBERS | TEXTS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner))


def taken(kind: str, **fields: Any) -> Component | str:
    """Return the component of a request, or the code by which it is refused: the same alone and as one of several."""
    (one,) = decode(json.dumps({"type": f"{kind}-MULTI", "components": [fields]}).encode()).components
    alone = json.dumps({"type": kind, **fields}).encode()
    if isinstance(one, Component):
        assert decode(alone).components == (one,)
        return one
    with pytest.raises(BadRequestError) as refusal:
        decode(alone)
    assert refusal.value.code == one.code
    return one.code


def is_number(value: Any) -> bool:
    return type(value) in {int, float} and abs(value) < 10**308


def number(text: str) -> float | None:
    """Return the number that a text is, as a person in a lab writes it."""
    plain = text.strip(" ")
    found = float(plain) if re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", plain) else math.inf
    return found if math.isfinite(found) else None


@given(ANY)
@example("0x38")
@example("0X4c")
@example("3_8")
@example("\u0661\u0668")
def test_an_address_is_hexadecimal_with_or_without_0x_or_the_number_itself(add: Any) -> None:
    meant = add if type(add) is int else None
    if isinstance(add, str) and re.fullmatch(r"(0[xX])?[0-9a-fA-F]{1,4}", add):
        meant = int(add.lower().removeprefix("0x"), 16)
    found = taken("AQ", register="add", add=add)
    assert found == "bad_address" if meant is None else isinstance(found, Component) and found.address == meant


@given(ANY)
@example("18")
@example("18.0")
@example("+18")
@example("\uff11\uff18")
def test_a_pin_is_a_whole_number_or_its_digits(pin: Any) -> None:
    meant = int(pin) if type(pin) is int or (isinstance(pin, str) and re.fullmatch(r"[0-9]{1,4}", pin)) else None
    found = taken("AQ", register="pin", pin=pin)
    assert found == "bad_pin" if meant is None else isinstance(found, Component) and found.pin == meant


@given(ANY)
@example("25.5")
@example(" 128 ")
@example("12,5")
@example("0x10")
@example("1_0")
@example("1\n")
@example("1e999")
@example(10**400)
@example(True)
def test_a_value_is_a_number_or_its_text_and_fractions_count(value: Any) -> None:
    meant = value if is_number(value) else number(value) if isinstance(value, str) else None
    found = taken("PI", register="pin", pin=18, value=value)
    assert found == "bad_value" if meant is None else isinstance(found, Component) and found.value == pytest.approx(meant)


@given(ANY)
@example(0)
@example(-0.001)
def test_max_age_is_seconds_from_0_on_and_null_is_as_if_absent(max_age: Any) -> None:
    found = taken("AQ", register="add", add="0x38", max_age=max_age)
    meant = max_age is None or (is_number(max_age) and max_age >= 0)
    assert isinstance(found, Component) and found.max_age == max_age if meant else found == "bad_max_age"


@given(ANY)
def test_a_channel_is_a_name_and_null_or_nothing_is_the_default_one(channel: Any) -> None:
    found = taken("AQ", register="add", add="0x38", channel=channel)
    named = channel is None or isinstance(channel, str)
    assert isinstance(found, Component) and found.channel == (channel or None) if named else found == "bad_channel"


@given(ANY.filter(lambda register: register not in ("add", "pin")))
def test_the_register_is_add_or_pin(register: Any) -> None:
    assert taken("AQ", register=register, pin=18, add="0x38") == "bad_register"


@given(ANY)
def test_detail_is_given_where_it_is_true(detail: Any) -> None:
    found = taken("AQ", register="add", add="0x38", detail=detail)
    assert isinstance(found, Component)
    assert found.detail is (detail is True)


def test_what_is_missing_is_refused_and_what_need_not_be_there_is_not() -> None:
    assert taken("AQ", register="add") == "bad_address"
    assert taken("AQ", register="pin", add="0x38") == "bad_pin"
    assert taken("PI", register="pin", pin=18) == "bad_value"
    assert taken("AQ", register="add", add="38") == Component(None, 0x38)


def test_detail_and_max_age_of_a_whole_request_hold_for_components_that_say_nothing() -> None:
    parts = [{"register": "add", "add": "38"}, {"register": "add", "add": "38", "detail": False, "max_age": 9}]
    found = decode(json.dumps({"type": "AQ-MULTI", "components": parts, "detail": True, "max_age": 1}).encode()).components
    assert found == (Component(None, 0x38, detail=True, max_age=1), Component(None, 0x38, detail=False, max_age=9))
