"""How a client names what it wants to read or drive, and to which value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actors.errors import Fault
from actors.gateway.protocol import BadRequestError, Component, decode


def component(**request: Any) -> Component:
    """Return the one component of a request that is accepted."""
    (found,) = decode(json.dumps(request).encode()).components
    assert isinstance(found, Component), found
    return found


def refusal(**request: Any) -> str:
    """Return the code by which a request is refused, alone and as a component, where it must be the same."""
    with pytest.raises(BadRequestError) as caught:
        decode(json.dumps(request).encode())
    inner = {key: value for key, value in request.items() if key != "type"}
    (fault,) = decode(json.dumps({"type": f"{request['type']}-MULTI", "components": [inner]}).encode()).components
    assert isinstance(fault, Fault)
    assert fault.code == caught.value.code
    return fault.code


def value_of(value: Any) -> float | None:
    return component(type="PI", register="pin", pin=18, value=value).value


@pytest.mark.parametrize("add", ["0x38", "0X38", "38", "0x038", 56])
def test_an_address_is_a_hexadecimal_string_with_or_without_0x_or_the_number_itself(add: Any) -> None:
    assert component(type="AQ", register="add", add=add).address == 0x38


@pytest.mark.parametrize("add", ["0x4C", "0x4c", "4c", "4C", "0X4C", 76])
def test_an_address_may_be_written_in_any_case(add: Any) -> None:
    assert component(type="AQ", register="add", add=add).address == 0x4C


@pytest.mark.parametrize("add", [None, "", "0x", "x38", "0xZZ", "3_8", "0x3_8", " 38 x", "-38", "56.0", 56.0, True, False, [], ["38"], {}])
def test_anything_else_is_no_address(add: Any) -> None:
    assert refusal(type="AQ", register="add", add=add) == "bad_address"


def test_a_missing_address_or_pin_is_refused() -> None:
    assert refusal(type="AQ", register="add") == "bad_address"
    assert refusal(type="AQ", register="pin") == "bad_pin"
    assert refusal(type="AQ", register="pin", add="0x38") == "bad_pin"


@pytest.mark.parametrize("pin", [18, "18"])
def test_a_pin_is_an_integer_or_its_decimal_string(pin: Any) -> None:
    assert component(type="AQ", register="pin", pin=pin).pin == 18


@pytest.mark.parametrize(
    "pin",
    [18.9, 18.0, "18.9", "1_8", "0x12", "", " ", "+18", "-18", "GPIO18", "\u0661\u0668", "\uff11\uff18", None, True, False, [], [18], {}],
)
def test_anything_else_is_no_pin(pin: Any) -> None:
    assert refusal(type="AQ", register="pin", pin=pin) == "bad_pin"


@pytest.mark.parametrize("register", [None, "", "PIN", "Add", "address", 1, True, [], {"pin": 18}])
def test_the_register_is_add_or_pin(register: Any) -> None:
    assert refusal(type="AQ", register=register, pin=18, add="0x38") == "bad_register"


@pytest.mark.parametrize("channel", [{}, {"channel": None}, {"channel": ""}])
def test_a_channel_that_is_absent_null_or_empty_is_the_default_one(channel: dict[str, Any]) -> None:
    assert component(type="AQ", register="add", add="0x38", **channel).channel is None


@pytest.mark.parametrize("channel", [0, 1, True, False, [], ["hum"], {}])
def test_a_channel_is_a_name(channel: Any) -> None:
    assert refusal(type="AQ", register="add", add="0x38", channel=channel) == "bad_channel"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (128, 128),
        (25.5, 25.5),
        (0, 0),
        (-1, -1),
        (1e3, 1000),
        ("128", 128),
        ("25.5", 25.5),
        ("1e2", 100),
        ("+5", 5),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("5.", 5),
        (" 128 ", 128),
    ],
)
def test_a_value_is_a_number_or_a_numeric_string_and_fractions_count(given: Any, meant: float) -> None:
    assert value_of(given) == meant


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, "", " ", "x", "0x10", "12,5", "1_0", "1 0", "NaN", "nan", "inf", "-Infinity", "1e999", "\uff11", "\u0661",
        "1\n", "--1", "1e", "e1", ".", [], [1], {}, {"value": 1}, 10**400, "9" * 400,
    ],
)  # fmt: skip
def test_anything_else_is_no_value(value: Any) -> None:
    assert refusal(type="PI", register="pin", pin=18, value=value) == "bad_value"


def test_a_number_too_large_for_a_float_is_no_value() -> None:
    with pytest.raises(BadRequestError) as caught:
        decode(b'{"type":"PI","register":"pin","pin":18,"value":1e999}')
    assert caught.value.code == "bad_value"


def test_a_missing_value_is_refused() -> None:
    assert refusal(type="PI", register="pin", pin=18) == "bad_value"


@pytest.mark.parametrize("max_age", [0, 0.0, 2, 0.25, 1e6])
def test_max_age_is_seconds(max_age: float) -> None:
    assert component(type="AQ", register="add", add="0x38", max_age=max_age).max_age == max_age


def test_max_age_null_is_as_if_absent() -> None:
    assert component(type="AQ", register="add", add="0x38", max_age=None).max_age is None


@pytest.mark.parametrize("max_age", [-1, -0.001, True, False, "1", "", [], {}, 10**400])
def test_anything_else_is_no_max_age(max_age: Any) -> None:
    assert refusal(type="AQ", register="add", add="0x38", max_age=max_age) == "bad_max_age"


@pytest.mark.parametrize(("detail", "wanted"), [(True, True), (False, False), (None, False), (1, False), ("true", False)])
def test_detail_is_given_where_it_is_true(detail: Any, wanted: bool) -> None:
    assert component(type="AQ", register="add", add="0x38", detail=detail).detail is wanted


def test_detail_and_max_age_of_a_whole_request_hold_for_components_that_say_nothing() -> None:
    parts = [{"register": "add", "add": "38"}, {"register": "add", "add": "38", "detail": False, "max_age": 9}]
    first, second = decode(json.dumps({"type": "AQ-MULTI", "components": parts, "detail": True, "max_age": 1}).encode()).components
    assert isinstance(first, Component)
    assert isinstance(second, Component)
    assert (first.detail, first.max_age) == (True, 1)
    assert (second.detail, second.max_age) == (False, 9)
