"""Numbers and set-points as a person writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.places import HEADER, near_address, near_pin
from pilotage.words import level, number, scale


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (128.0, "128"),
        (25.5, "25.5"),
        (22.0625, "22.0625"),
        (9.87654e8, "987654000"),
        (987654321.0, "987654321"),
        (1e-5, "0.00001"),
        (0, "0"),
    ],
)
def test_a_number_is_written_without_an_exponent(value: float, text: str) -> None:
    assert number(value) == text
    assert number(-value) == (f"-{text}" if value else text)


@given(st.floats(-1e14, 1e14))
def test_a_number_is_the_number_and_has_no_exponent(value: float) -> None:
    text = number(value, 12)
    assert "e" not in text or abs(value) < 1e-14
    assert float(text) == pytest.approx(value, rel=1e-5, abs=1e-14)


@pytest.mark.parametrize(
    ("wiring", "shown"),
    [
        (("%", "PWM", 0, 255), "of 255"),
        (("percent", "PWM", 0, 4095), "of 4095"),
        (("%", "PWM", 0, 100), "%"),
        (("%", "EMC2101_FAN", 20, 100), "%"),
        (("V", "PWM", 0, 12), "V"),
        (("", "PWM", 0, 255), ""),
        (("", "DIGITAL", 0, 1), "on/off"),
        (("%", "DIGITAL", 0, 255), "on/off"),
        (("%", "PWM", -5, 0), ""),
    ],
)
def test_units_are_shown_where_they_can_be_true(wiring: tuple[str, str, float, float], shown: str) -> None:
    assert scale(*wiring) == shown


@pytest.mark.parametrize(
    ("value", "units", "text"),
    [
        (128, "of 255", "128 of 255 (50 %)"),
        (127.994, "of 255", "127.99 of 255 (50 %)"),
        (255, "of 255", "255 of 255 (100 %)"),
        (254.99, "of 255", "254.99 of 255 (99.9 %)"),
        (0.01, "of 255", "0.01 of 255 (0.1 %)"),
        (0, "of 255", "0"),
        (1, "on/off", "on"),
        (0, "on/off", "off"),
        (6, "V", "6 V"),
        (25.5, "", "25.5"),
        (None, "V", "-"),
    ],
)
def test_a_set_point_says_what_it_is_a_part_of(value: float | None, units: str, text: str) -> None:
    assert level(value, units) == text


@given(st.floats(), st.text(max_size=8) | st.sampled_from(["of 0", "of 255", "on/off"]))
def test_any_value_in_any_units_is_a_text(value: float, units: str) -> None:
    assert level(value, units)


def test_the_header_has_28_pins_of_gpio_each_once() -> None:
    assert sorted(HEADER.values()) == list(range(28))
    assert (HEADER[12], HEADER[16], HEADER[40]) == (18, 23, 21)


def test_what_was_meant_by_a_wrong_place_is_named_and_a_long_list_is_cut() -> None:
    assert near_pin(16, {18: "fan", 23: "heater"}) == "; pin 16 of the header is GPIO23 (heater)"
    assert near_pin(5, {18: "fan", 23: "heater"}) == "; there are: GPIO18 (fan), GPIO23 (heater)"
    assert near_pin(5, {}) == "; there are none"
    assert near_pin(10**400, dict.fromkeys(range(20), "x")).endswith(" and 12 more")
    assert near_address(0x30, {0x48: "t"}) == ", which is 48 in decimal; did you mean 0x48 (t)?"
    assert near_address(-(10**5000), {0x48: "t"}) == "; there are: 0x48 (t)"
