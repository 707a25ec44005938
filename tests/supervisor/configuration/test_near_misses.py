"""What people write by mistake is named, with what to write instead."""

import unicodedata
from typing import Any

import pytest

from tests.supervisor.configuration.benches import (
    accepted,
    fan,
    output,
    refused,
    refused_output,
    sensor,
    warnings_of,
)


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("max", "12,5", "write 12.5, with a decimal point and without the quotes"),
        ("max", "12.5", "write 12.5, without the quotes"),
        ("max", (12, 5), "the comma makes two numbers of it: write 12.5"),
        ("ramp", (50,), "the comma behind it makes a tuple of it: write 50"),
        ("address", "None", "write None, without the quotes"),
        ("address", "", "write None, without the quotes"),
        ("pwm_frequency", "None", "write None, without the quotes"),
        ("pin", "BCM 18", "write 18, without the quotes"),
        ("pin", "gpio_18", "write 18, without the quotes"),
        ("pin", 33, "pin 33 of the header is GPIO13: write 13"),
        ("pin", "pin 12", "pin 12 of the header is GPIO18: write 18"),
        ("pin", "J8-16", "pin 16 of the header is GPIO23: write 23"),
        ("pin", "BOARD12", "pin 12 of the header is GPIO18: write 18"),
        ("pin", (23,), "the comma behind it makes a tuple of it: write 23"),
        ("address", 0x98, "0x98 has the bit for reading or writing in it: the address alone is 0x4C"),
    ],
)
def test_a_number_that_is_nearly_right_is_named(key: str, value: Any, hint: str) -> None:
    assert refused_output(**{key: value}).endswith(f"; {hint}")


@pytest.mark.parametrize(
    ("where", "driver", "words"),
    [
        (48, "TMP102", "TMP102 is never at 0x30, only at 0x48, 0x49, 0x4A, 0x4B; 48 without 0x is decimal: write 0x48"),
        (38, "AHT10", "AHT10 is never at 0x26, only at 0x38, 0x39; 38 without 0x is decimal: write 0x38"),
        (0x40, "TMP102", "TMP102 is never at 0x40, only at 0x48, 0x49, 0x4A, 0x4B"),
        (0x4D, "EMC2101", "EMC2101 is never at 0x4D, only at 0x4C"),
        (0x38, "PT-100", "PT-100 is never at 0x38, only at 0x48, 0x49, 0x4A, 0x4B"),
    ],
)
def test_an_address_where_the_chip_cannot_be_is_warned_of(where: int, driver: str, words: str) -> None:
    (warning,) = warnings_of(SENSORS_CONFIG={where: sensor(driver=driver, units=...)})
    assert warning.endswith(f": {words}")


@pytest.mark.parametrize(("frequency", "driver", "why"), [(100, "PWM", "a"), (None, "DIGITAL", "no"), (..., "DIGITAL", "no")])
def test_an_output_of_the_predecessor_without_a_driver_gets_the_one_that_its_frequency_tells(frequency: Any, driver: str, why: str) -> None:
    names = {"ACTUATORS_CONFIG": [output(driver=..., pwm_frequency=frequency)]}

    assert accepted(**names).outputs[0].driver == driver
    (warning,) = warnings_of(**names)
    assert warning.endswith(f"there is no 'driver'; {driver} is taken, because there is {why} 'pwm_frequency'")


def test_equal_names_are_warned_of_with_what_they_are_called() -> None:
    names = {
        "ACTUATORS_CONFIG": [fan(name="t", kind="fan")],
        "SENSORS_CONFIG": {0x48: sensor(name="t"), 0x49: sensor(name="t"), 0x4A: sensor(name="u")},
    }

    (warning,) = warnings_of(**names)
    assert warning == (
        "config.py: SENSORS_CONFIG[0x48] (t) and SENSORS_CONFIG[0x49] (t) and ACTUATORS_CONFIG[0] (t) have one name; "
        "they are called t@0x48 and t@0x49 and t@GPIO18"
    )


def test_names_with_decomposed_accents_are_read_as_everybody_types_them() -> None:
    apart = unicodedata.normalize("NFD", "étuve")
    rules = [
        {"name": "hot", "kind": "limit", "sensor": "t_é", "above": 90, "outputs": {apart: 0}},
        {"name": "lost", "kind": "stale", "sensor": unicodedata.normalize("NFD", "t_é"), "outputs": ["étuve"]},
        {"name": "rise", "kind": "stuck_on", "sensor": "t_é", "output": apart, "fan": [apart]},
    ]
    names = {"ACTUATORS_CONFIG": [output(name=apart, title="")], "SENSORS_CONFIG": {0x48: sensor(name="t_é")}, "INTERLOCKS": rules}

    bench = accepted(**names)
    assert (bench.outputs[0].id, {drive.output.id for rule in bench.interlocks for drive in rule.drives}) == ("étuve", {"étuve"})
    (warning,) = warnings_of(**names)
    assert warning.endswith("its name has accents as signs of their own (decomposed); it is read as 'étuve': type it anew")


def test_an_interlock_cannot_have_an_on_off_output_between_off_and_on() -> None:
    sections = {"ACTUATORS_CONFIG": [fan(driver="DIGITAL", pwm_frequency=..., max=1)], "SENSORS_CONFIG": {0x48: sensor()}}
    between = {"name": "hot", "kind": "limit", "sensor": "t_resistance", "above": 90, "outputs": {"ventilateur": 0.5}}
    assert refused(**sections, INTERLOCKS=[between]).endswith("ventilateur: 0.5; allowed: 0 or 1: `DIGITAL` is off or on")
    half = {"name": "half", "kind": "max_duty", "output": "ventilateur", "duty": 50}
    assert "output: found 'ventilateur'; allowed: a `PWM`: `DIGITAL` is off or on; 'max_on' bounds" in refused(
        **sections, INTERLOCKS=[half]
    )
